import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createTurns } from '../../src/lib/turns.ts'

t.test('so much work is under way at once, and the rest in the order in which it came', async t => {
  const run = createTurns({ atOnce: 2, maxWaiting: 10, refuse: () => new Error('full') })
  const begun: number[] = []
  const work = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
  const results = work.map(({ promise }, i) => run(() => {
    begun.push(i)
    return promise
  }))
  await turn()
  t.same(begun, [0, 1])
  work[1]!.resolve(1)
  t.equal(await results[1], 1)
  await turn()
  t.same(begun, [0, 1, 2])
  work[0]!.reject(new Error('broken'))
  await t.rejects(results[0]!, /broken/)
  await turn()
  t.same(begun, [0, 1, 2, 3], 'what fails passes its turn on as well')
  for (const i of [2, 3, 4]) work[i]!.resolve(i)
  t.same(await Promise.all(results.slice(2)), [2, 3, 4])
  t.equal(await run(async () => 5), 5)
})

t.test('what comes when too many wait is refused, and only that', async t => {
  const run = createTurns({ atOnce: 1, maxWaiting: 1, refuse: () => new Error('full') })
  const first = Promise.withResolvers<void>()
  const results = [run(() => first.promise), run(async () => {})]
  await t.rejects(run(async () => {}), /full/)
  first.resolve()
  await Promise.all(results)
  await run(async () => {})
})
