import t from 'tap'
import { Backoff } from '../../client/src/backoff.ts'
import { FakeClock } from '../support/client/chats.ts'

function begin () {
  const clock = new FakeClock()
  const backoff = new Backoff(clock)
  const ended: number[] = []
  const wait = (attempt: number, atLeast?: number) => backoff.wait(attempt, atLeast).then(() => { ended.push(attempt) })
  return { clock, backoff, ended, wait }
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
  const { clock, ended, backoff, wait } = begin()
  const [first, asked] = [wait(5), wait(1, 7_000)]
  backoff.wake()
  await first
  t.same(ended, [5])
  clock.pass(7_400)
  await asked
  t.equal(clock.waiting, 0)
})

t.test('when started again, attempts that are under way end; when closed, every wait as well', async t => {
  const { clock, backoff, wait } = begin()
  const { signal } = backoff
  backoff.restart()
  t.ok(signal.aborted)
  t.notOk(backoff.signal.aborted)
  const waits = [wait(1), wait(2, 60_000)]
  backoff.close()
  await Promise.all(waits)
  t.ok(backoff.signal.aborted)
  t.equal(clock.waiting, 0)
})
