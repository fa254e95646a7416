/** Time and chance, so that tests can have their own. */
export interface Clock {
  now (): number
  random (): number
  /** Runs something later, unless what it returns is called before. */
  after (ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after (ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
