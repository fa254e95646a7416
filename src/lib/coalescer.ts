import { setTimeout as sleep } from 'node:timers/promises'

interface CoalescerOptions<Item, Result> {
  /**
   * Does the work of a key for some items at once; `results` have their order. The next items wait for `pause`, in
   * milliseconds. What it throws, each of the items gets.
   */
  run: (key: string, items: Item[]) => Promise<{ results: Result[], pause: number }>
  /** How many items of a key may wait; one more is refused. */
  maxWaiting: number
  refuse: () => Error
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (reason: unknown) => void
}

/** What comes for a key while it rests after a run shares the next one. The first of all is done at once. */
export function createCoalescer<Item, Result> ({ run, maxWaiting, refuse }: CoalescerOptions<Item, Result>) {
  const waiting = new Map<string, Array<Waiting<Item, Result>>>()

  async function runBatch (key: string, batch: Array<Waiting<Item, Result>>): Promise<number> {
    try {
      const { results, pause } = await run(key, batch.map(({ item }) => item))
      for (const [i, { resolve }] of batch.entries()) resolve(results[i]!)
      return pause
    } catch (error) {
      for (const { reject } of batch) reject(error)
      return 0
    }
  }

  async function runAll (key: string): Promise<void> {
    for (let batch = waiting.get(key)!.splice(0); batch.length > 0; batch = waiting.get(key)!.splice(0)) {
      await sleep(await runBatch(key, batch))
    }
    waiting.delete(key)
  }

  return async function add (key: string, item: Item): Promise<Result> {
    const before = waiting.get(key)
    if (before && before.length >= maxWaiting) throw refuse()
    return new Promise<Result>((resolve, reject) => {
      const entry = { item, resolve, reject }
      if (before) {
        before.push(entry)
      } else {
        waiting.set(key, [entry])
        void runAll(key)
      }
    })
  }
}
