/** Scenario 12: from `node src/server.ts` to ready, with a database of its own that was there before. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../compare.ts'
import { startServer } from '../processes.ts'
import type { Scenario } from './scenario.ts'

const starts = 6

async function untilReady (url: string): Promise<void> {
  while ((await fetch(`${url}/health/ready`)).status !== 200) await sleep(10)
}

export const start: Scenario = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'convo-bench-start-'))
  const times: number[] = []
  for (let i = 0; i < starts; i++) {
    const begun = performance.now()
    const server = await startServer('../src/server.ts', folder, {
      NODE_ENV: 'development', PORT: '0', DATA_DIR: join(folder, 'data'),
    })
    await untilReady(server.url)
    times.push(performance.now() - begun)
    await server.stop()
    // PostgreSQL ends a moment after its server.
    await sleep(1_000)
  }
  await rm(folder, { recursive: true })
  const later = times.slice(1)
  const value = median(later) / 1_000
  const convo = {
    name: 'Convo',
    rate: 1 / value,
    rates: later.map(
      ms => 1_000 / ms
    ),
    p50: median(later),
    p99: Math.max(...later),
    serverCpu: NaN,
    postgresCpu: NaN,
    errors: 0
  }
  return [{ scenario: 'start to ready, second start', convo, value, goal: { atMost: 1.5, unit: 's' } }]
}
