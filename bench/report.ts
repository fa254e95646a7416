/** The results as a table for people and as JSON for programs. */
import type { Figures } from './compare.ts'

export interface Result {
  scenario: string
  convo: Figures
  /** What it is compared with; nothing where the goal is a time. */
  limit?: Figures
  /** What is compared with the goal: a ratio, or a time in the unit of the goal. */
  value: number
  goal: Goal
}

export interface Goal { atLeast?: number, atMost?: number, unit: '×' | 'ms' | 's' }

const isReached = ({ value, goal: { atLeast, atMost } }: Result) =>
  value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)

/** Three digits that count. */
function short (number: number): string {
  if (Number.isNaN(number)) return '–'
  return number >= 100 ? Math.round(number).toLocaleString('en') : String(Number(number.toPrecision(3)))
}

function toLine (result: Result): string {
  const { scenario, convo, limit, value, goal: { atLeast, atMost, unit } } = result
  const cells = [
    scenario,
    `${short(convo.rate)}/s`,
    limit ? `${limit.name}: ${short(limit.rate)}/s` : '–',
    `**${value.toFixed(2)} ${unit}**`,
    `${atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`} ${unit} ${isReached(result) ? '✓' : '✗'}`,
    short(convo.p50),
    short(convo.p99),
    short(convo.serverCpu),
    short(convo.postgresCpu),
    convo.errors + (limit?.errors ?? 0),
  ]
  return `| ${cells.join(' | ')} |`
}

export function toTable (results: Result[]): string {
  return [
    '| scenario | Convo | limit, same run | result | goal | p50 ms | p99 ms | CPU s per 1,000, server | PostgreSQL ' +
      '| errors |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...results.map(toLine),
  ].join('\n')
}
