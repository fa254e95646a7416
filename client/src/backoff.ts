import type { Clock } from './clock.ts'

const firstDelay = 200
const longestDelay = 30_000

/** Waits between attempts: longer each time, and never in step with other clients. All waits can be ended at once. */
export class Backoff {
  readonly #clock: Clock
  readonly #waiting = new Map<() => void, boolean>()
  #attempts = new AbortController()

  constructor (clock: Clock) {
    this.#clock = clock
  }

  /** Ends attempts that are under way when there is reason to think that they lead nowhere. */
  get signal (): AbortSignal {
    return this.#attempts.signal
  }

  /** Before the attempt after `attempt`; `atLeast` is what the server asked for. */
  wait (attempt: number, atLeast = 0): Promise<void> {
    const ms = atLeast + this.#clock.random() * Math.min(firstDelay * 2 ** attempt, longestDelay)
    return new Promise(resolve => {
      const end = () => {
        cancel()
        this.#waiting.delete(end)
        resolve()
      }
      const cancel = this.#clock.after(ms, end)
      this.#waiting.set(end, atLeast > 0)
    })
  }

  /** The next attempts are made now, but for those that the server asked to be late. */
  wake (): void {
    for (const [end, isAsked] of this.#waiting) if (!isAsked) end()
  }

  /** The same, and those under way are made again. */
  restart (): void {
    this.#attempts.abort()
    this.#attempts = new AbortController()
    this.wake()
  }

  close (): void {
    this.#attempts.abort()
    for (const end of this.#waiting.keys()) end()
  }
}
