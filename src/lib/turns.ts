interface TurnsOptions {
  /** How many pieces of work are under way at once. */
  atOnce: number
  /** How many may wait for their turn. */
  maxWaiting: number
  /** What work is refused with when as many wait. */
  refuse: () => Error
}

/** Has work that costs much done by a few at once, in the order in which it came. */
export function createTurns ({ atOnce, maxWaiting, refuse }: TurnsOptions) {
  const waiting: Array<() => void> = []
  let free = atOnce

  async function takeTurn (): Promise<void> {
    if (free > 0) {
      free--
      return
    }
    if (waiting.length >= maxWaiting) throw refuse()
    await new Promise<void>(resolve => { waiting.push(resolve) })
  }

  function passOn (): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  return async function run<Result> (work: () => Promise<Result>): Promise<Result> {
    await takeTurn()
    try {
      return await work()
    } finally {
      passOn()
    }
  }
}
