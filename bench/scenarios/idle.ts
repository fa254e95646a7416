/** Scenario 10: what people cost who are connected and do nothing, and whether their memory comes back. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figures } from '../compare.ts'
import { listeners } from '../load/listeners.ts'
import { startLoad, type Memory, type Server } from '../processes.ts'
import type { Result } from '../report.ts'
import { atMost, type Scenario } from './scenario.ts'

const waves = 3
const loads = 2

interface Waves { base: Memory, full: Memory, after: Memory, seconds: number }

/** Everybody connects and goes again, three times. */
async function comeAndGo (server: Server, tokens: string[]): Promise<Waves> {
  const base = await server.memory()
  let full = base
  let seconds = 0
  for (let wave = 0; wave < waves; wave++) {
    const begun = performance.now()
    const half = Math.ceil(tokens.length / loads)
    const audiences = await Promise.all(
      Array.from({
        length: loads,
      }, (_, i) => startLoad(listeners, { url: server.url, tokens: tokens.slice(i * half, (i + 1) * half) }))
    )
    seconds += (performance.now() - begun) / 1_000
    full = await server.memory()
    await Promise.all(audiences.map(audience => audience.stop()))
    // Whoever is gone counts as online for 5 s.
    await sleep(7_000)
  }
  return { base, full, after: await server.memory(), seconds }
}

export const idle: Scenario = async ({ world }) => {
  const people = await world.sql<{ id: string }>(`
    SELECT user_id AS id FROM participants p JOIN conversations c ON c.id = p.conversation_id
    WHERE c.name LIKE 'Quiet group %' GROUP BY 1`)
  const tokens = await world.signIn(people.map(({ id }) => id))
  const [convo, bare] = [await world.startConvo(), await world.startBare('socket-io')]
  const [ours, theirs] = [await comeAndGo(convo, tokens), await comeAndGo(bare, tokens)]
  await Promise.all([convo.stop(), bare.stop()])

  const figures = (name: string, { seconds }: Waves): Figures => ({
    name,
    rate: waves * people.length / seconds,
    rates: [],
    p50: NaN,
    p99: NaN,
    serverCpu: NaN,
    postgresCpu: NaN,
    errors: 0,
  })
  const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)
  const result = (what: string, value: number, goal: number): Result => ({
    scenario: `${people.length.toLocaleString('en')} idle people in 20 conversations: ${what}`,
    convo: figures('Convo', ours),
    limit: figures('bare Socket.IO', theirs),
    value,
    goal: atMost(goal),
  })
  return [
    result(
      `heap (${megabytes(ours.full.heapUsed)} against ${megabytes(theirs.full.heapUsed)} MiB)`,
      ours.full.heapUsed / theirs.full.heapUsed,
      1.3
    ),
    result(
      `RSS (${megabytes(ours.full.rss)} against ${megabytes(theirs.full.rss)} MiB)`,
      ours.full.rss / theirs.full.rss,
      1.3
    ),
    result(
      `heap after ${waves} waves (${megabytes(ours.after.heapUsed)} MiB) against before`,
      ours.after.heapUsed / ours.base.heapUsed,
      1.3
    ),
  ]
}
