import t from 'tap'
import { Patience } from '../../client/src/patience.ts'
import { FakeClock } from './helper.ts'

function begin () {
  const clock = new FakeClock()
  const patience = new Patience(clock)
  const ended: number[] = []
  const wait = (attempt: number, atLeast?: number) => patience.wait(attempt, atLeast).then(() => { ended.push(attempt) })
  return { clock, patience, ended, wait }
}

t.test('it waits longer each time, and never longer than half a minute', async t => {
  const { clock, wait } = begin()
  const waits: number[] = []
  for (const attempt of [0, 1, 2, 7, 8, 1_000]) {
    const waiting = wait(attempt)
    waits.push(clock.next)
    clock.pass(clock.next)
    await waiting
  }
  t.same(waits, [200, 400, 800, 25_600, 30_000, 30_000])
})

t.test('when woken, all go on at once, but for those that the server asked to wait', async t => {
  const { clock, ended, patience, wait } = begin()
  const [first, asked] = [wait(5), wait(1, 7_000)]
  patience.wake()
  await first
  t.same(ended, [5])
  clock.pass(7_400)
  await asked
  t.equal(clock.waiting, 0)
})

t.test('when started again, attempts that are under way end; when closed, every wait as well', async t => {
  const { clock, patience, wait } = begin()
  const { signal } = patience
  patience.restart()
  t.ok(signal.aborted)
  t.notOk(patience.signal.aborted)
  const waits = [wait(1), wait(2, 60_000)]
  patience.close()
  await Promise.all(waits)
  t.ok(patience.signal.aborted)
  t.equal(clock.waiting, 0)
})
