import { isDatabaseUnavailable } from './postgres-errors.ts'

/**
 * Runs tasks one after the other, in the order of the calls. Those that wait behind one that finds the
 * database away fail with it, untried: each would find the same, after a wait as long.
 */
export function createSerialQueue () {
  let last: Promise<unknown> = Promise.resolve()
  let length = 0

  return {
    /** How many tasks run or wait. */
    get length () { return length },

    run<Result> (task: () => Promise<Result>): Promise<Result> {
      // How a task ended is of concern only to those that were waiting then.
      const before = length === 0 ? Promise.resolve() : last
      const result = before.then(task, error => {
        if (isDatabaseUnavailable(error)) throw error
        return task()
      })
      const leave = () => { length-- }
      length++
      last = result
      result.then(leave, leave)
      return result
    },
  }
}

export type SerialQueue = ReturnType<typeof createSerialQueue>
