/**
 * How much is tried, and what. FUZZ_SEED repeats what was tried with it, FUZZ_ONLY tries one operation
 * or event alone.
 */
import type { Test } from 'tap'

/** Whether to fuzz at the size that is promised, or at one that fits into `npm test`. */
export const isFull = process.env.FUZZ === 'full'

export const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

export const isWanted = (name: string) => (process.env.FUZZ_ONLY ?? name) === name

export const tellSeed = (t: Pick<Test, 'comment'>) => t.comment(`FUZZ_SEED=${seed}`)

/** Does something with each item, some at a time, and keeps the order of the outcomes. */
export async function inLanes<Item, Outcome> (items: Item[], shards: number, act: (
  item: Item, index: number
) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const rest = items.entries()
  await Promise.all(Array.from({ length: shards }, async () => {
    for (const [index, item] of rest) outcomes[index] = await act(item, index)
  }))
  return outcomes
}
