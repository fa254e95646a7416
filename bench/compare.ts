/** Measures several things in turns, so that all have the same weather, and compares them. */
import type { Outcome } from './load/drive.ts'

export interface Side {
  name: string
  run (seconds: number): Promise<Outcome>
  /** CPU seconds so far of what does the work, PostgreSQL apart. */
  cpu: () => number
  /** Ends the processes that load it. */
  stop (): Promise<void>
}

/** Sums over all turns; CPU seconds for 1,000 operations, latencies in milliseconds, the median of the turns. */
export interface Figures {
  name: string,
  rate: number,
  p50: number,
  p99: number,
  serverCpu: number,
  postgresCpu: number,
  errors: number,
  rates: number[],
}

interface Turn extends Outcome { serverCpu: number, postgresCpu: number }

export const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

async function takeTurn (side: Side, seconds: number, postgresCpu: () => number): Promise<Turn> {
  const before = { server: side.cpu(), postgres: postgresCpu() }
  const outcome = await side.run(seconds)
  return { ...outcome, serverCpu: side.cpu() - before.server, postgresCpu: postgresCpu() - before.postgres }
}

function toFigures (name: string, turns: Turn[]): Figures {
  const operations = sum(turns.map(turn => turn.operations))
  return {
    name,
    rate: operations / sum(turns.map(turn => turn.seconds)),
    rates: turns.map(turn => turn.operations / turn.seconds),
    p50: median(turns.map(turn => turn.p50)),
    p99: median(turns.map(turn => turn.p99)),
    serverCpu: sum(turns.map(turn => turn.serverCpu)) / operations * 1_000,
    postgresCpu: sum(turns.map(turn => turn.postgresCpu)) / operations * 1_000,
    errors: sum(turns.map(turn => turn.errors)),
  }
}

export interface Pace { turns: number, seconds: number }

/** After a turn of each to warm up. */
export async function measureInTurns (
  sides: Side[], { turns, seconds }: Pace, postgresCpu: () => number
): Promise<Figures[]> {
  const taken = sides.map((): Turn[] => [])
  for (const side of sides) await side.run(seconds)
  for (let turn = 0; turn < turns; turn++) {
    for (const [i, side] of sides.entries()) taken[i]!.push(await takeTurn(side, seconds, postgresCpu))
  }
  return sides.map((side, i) => toFigures(side.name, taken[i]!))
}
