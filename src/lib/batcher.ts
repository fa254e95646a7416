interface BatcherOptions<Item, Result> {
  /**
   * Does the work for some items at once; what it returns has their order. What it throws, each of them gets,
   * and each that waits.
   */
  run: (items: Item[]) => Promise<Array<PromiseSettledResult<Result>>>
  /** How many items may wait for the run that is under way; the next one has them all. */
  maxWaiting: number
  /** What an item is refused with when as many wait. */
  refuse: () => Error
}

interface Waiting<Item, Result> { item: Item, resolve: (result: Result) => void, reject: (reason: unknown) => void }

/**
 * Group commit: items that come while a run is under way share the next one. Nothing waits when
 * nothing is under way, and else no longer than for that one run; their order is kept.
 */
export function createBatcher<Item, Result> ({ run, maxWaiting, refuse }: BatcherOptions<Item, Result>) {
  const waiting: Array<Waiting<Item, Result>> = []
  let running = false

  async function runBatch (): Promise<void> {
    const batch = waiting.splice(0)
    try {
      const results = await run(batch.map(({ item }) => item))
      for (const [i, result] of results.entries()) {
        if (result.status === 'fulfilled') batch[i]!.resolve(result.value)
        else batch[i]!.reject(result.reason)
      }
    } catch (error) {
      // Those that wait fail with it, untried: each would find the same, after a wait as long.
      for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error)
    }
  }

  async function runOn (): Promise<void> {
    while (waiting.length > 0) await runBatch()
    running = false
  }

  return async function add (item: Item): Promise<Result> {
    if (waiting.length >= maxWaiting) throw refuse()
    return new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (running) return
      running = true
      // With all that arrived in this turn of the event loop, or the first of them would go alone and have
      // the others wait.
      setImmediate(() => { void runOn() })
    })
  }
}
