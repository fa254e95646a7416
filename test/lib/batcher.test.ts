import t from 'tap'
import { createBatcher } from '../../src/lib/batcher.ts'

/** When all that was to happen in this turn of the event loop has happened. */
const turn = () => new Promise(resolve => setImmediate(resolve))

/** A batcher whose runs end when the test lets them. */
function setUp ({ maxWaiting = 100 } = {}) {
  const runs: Array<{
    items: number[], end: (results: Array<PromiseSettledResult<number>>) => void, fail: (error: Error) => void,
  }> = []
  const add = createBatcher<number, number>({
    run: items => new Promise((resolve, reject) => { runs.push({ items, end: resolve, fail: reject }) }),
    maxWaiting,
    refuse: () => new Error('full'),
  })
  const endRun = () => {
    const { items, end } = runs.at(-1)!
    end(items.map(value => ({ status: 'fulfilled', value: value * 10 })))
  }
  return { add, runs, endRun }
}

t.test('an item waits for nothing when nothing is under way, and goes with those of its turn', async t => {
  const { add, runs, endRun } = setUp()
  const result = add(1)
  await turn()
  t.same(runs.map(({ items }) => items), [[1]])
  endRun()
  t.equal(await result, 10)
  const next = add(2)
  const besides = add(3)
  await turn()
  t.same(runs.at(-1)!.items, [2, 3])
  endRun()
  t.equal(await besides, 30)
  t.equal(await next, 20)
})

t.test('items that come while a run is under way share the next one, in their order', async t => {
  const { add, runs, endRun } = setUp()
  const first = add(1)
  await turn()
  const results = Promise.all([first, ...[2, 3, 4].map(add)])
  endRun()
  await turn()
  t.same(runs.map(({ items }) => items), [[1], [2, 3, 4]])
  endRun()
  t.same(await results, [10, 20, 30, 40])
})

t.test('when as many wait as may, one more is refused, and those that wait are served', async t => {
  const { add, endRun } = setUp({ maxWaiting: 2 })
  const first = add(1)
  await turn()
  const results = Promise.all([first, ...[2, 3].map(add)])
  await t.rejects(add(4), { message: 'full' })
  endRun()
  await turn()
  endRun()
  t.same(await results, [10, 20, 30])
})

t.test('an item fails alone; a run that fails takes along those that wait, but none that comes later', async t => {
  const { add, runs, endRun } = setUp()
  const first = add(1)
  await turn()
  const [good, bad] = [2, 3].map(add)
  endRun()
  t.equal(await first, 10)
  runs[1]!.end([{ status: 'fulfilled', value: 20 }, { status: 'rejected', reason: new Error('bad') }])
  t.equal(await good, 20)
  await t.rejects(bad!, { message: 'bad' })

  const lost = add(5)
  await turn()
  const alsoLost = add(6)
  runs[2]!.fail(new Error('gone'))
  await Promise.all([lost, alsoLost].map(item => t.rejects(item, { message: 'gone' })))
  const later = add(7)
  await turn()
  endRun()
  t.equal(await later, 70)
})
