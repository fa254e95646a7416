import t from 'tap'
import { createCoalescer } from '../../src/lib/coalescer.ts'

const refuse = () => new Error('full')

/** Runs that are noted, and end when they are told to. */
function createRuns (pause = 0) {
  const runs: Array<{ key: string, items: number[], end: () => void, fail: (error: Error) => void }> = []
  const run = (key: string, items: number[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ results: number[], pause: number }>()
    runs.push({ key, items, end: () => resolve({ results: items.map(item => item * 2), pause }), fail: reject })
    return promise
  }
  return { runs, run }
}

const turn = () => new Promise(resolve => setTimeout(resolve, 5))

t.test('the first is done at once, what comes meanwhile together, and keys do not wait for each other', async t => {
  const { runs, run } = createRuns()
  const add = createCoalescer({ run, maxWaiting: 10, refuse })
  const [first, second, third, other] = [add('a', 1), add('a', 2), add('a', 3), add('b', 4)]
  t.same(runs.map(({ key, items }) => [key, items]), [['a', [1]], ['b', [4]]])
  runs[0]!.end()
  runs[1]!.end()
  t.same(await Promise.all([first, other]), [2, 8])
  await turn()
  t.same(runs[2]!.items, [2, 3])
  runs[2]!.end()
  t.same(await Promise.all([second, third]), [4, 6])
})

t.test('after a run a key rests for as long as it says', async t => {
  const { runs, run } = createRuns(50)
  const add = createCoalescer({ run, maxWaiting: 10, refuse })
  const first = add('a', 1)
  runs[0]!.end()
  await first
  const begun = performance.now()
  const second = add('a', 2)
  while (runs.length < 2) await turn()
  t.ok(performance.now() - begun > 40)
  runs[1]!.end()
  t.equal(await second, 4)
})

t.test('what a run throws, each of its items gets, and none that comes later', async t => {
  const { runs, run } = createRuns()
  const add = createCoalescer({ run, maxWaiting: 1, refuse })
  const [first, second] = [add('a', 1), add('a', 2)]
  await t.rejects(add('a', 3), { message: 'full' })
  runs[0]!.fail(new Error('broken'))
  await t.rejects(first, { message: 'broken' })
  await turn()
  runs[1]!.end()
  t.equal(await second, 4)
})
