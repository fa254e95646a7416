import { measureInTurns, type Figures, type Pace, type Side } from '../compare.ts'
import { http, type Request } from '../load/http.ts'
import { sql, type SqlJob } from '../load/sql.ts'
import { startLoad, type Server } from '../processes.ts'
import type { Goal, Result } from '../report.ts'
import type { World } from '../world.ts'

export interface Bench {
  world: World
  pace: Pace
  /** Convo, started once for all scenarios that do not need one of their own. */
  convo: Server
}

export type Scenario = (bench: Bench) => Promise<Result[]>

/** Compares rates: Convo's as a multiple of each limit's. */
export function againstRates (scenario: string, [convo, ...limits]: Figures[], ...goals: Goal[]): Result[] {
  return limits.map(
    (limit, i) => ({ scenario, convo: convo!, limit, value: convo!.rate / limit.rate, goal: goals[i]! })
  )
}

export const atLeast = (ratio: number): Goal => ({ atLeast: ratio, unit: '×' })
export const atMost = (ratio: number): Goal => ({ atMost: ratio, unit: '×' })

/** Requests to a server, sent from a process of its own. */
export async function httpSide (name: string, server: Server, inFlight: number, requests: Request[]): Promise<Side> {
  return { name, ...await startLoad(http, { url: server.url, inFlight, requests }), cpu: server.cpu }
}

/** The same work done on the database alone. */
export async function sqlSide (name: string, world: World, job: Omit<SqlJob, 'databaseUrl'>): Promise<Side> {
  return { name, ...await startLoad(sql, { databaseUrl: world.databaseUrl, ...job }) }
}

/** Measures sides in turns and ends their processes. */
export async function measure ({ world, pace }: Bench, sides: Side[]): Promise<Figures[]> {
  try {
    return await measureInTurns(sides, pace, world.postgresCpu)
  } finally {
    await Promise.all(sides.map(side => side.stop()))
  }
}
