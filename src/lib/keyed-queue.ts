/** Runs tasks of one key one after the other, in the order of the calls; different keys do not wait for each other. */
export function createKeyedQueue () {
  const tails = new Map<string, Promise<unknown>>()
  return function run<Result> (key: string, task: () => Promise<Result>): Promise<Result> {
    const result = (tails.get(key) ?? Promise.resolve()).then(task, task)
    tails.set(key, result)
    const forget = () => { if (tails.get(key) === result) tails.delete(key) }
    result.then(forget, forget)
    return result
  }
}
