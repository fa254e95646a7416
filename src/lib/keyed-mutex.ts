import { createSerialQueue, type SerialQueue } from './serial-queue.ts'

/** A serial queue for each key; different keys do not wait for each other. */
export function createKeyedMutex () {
  const queues = new Map<string, SerialQueue>()
  return async function run<Result> (key: string, task: () => Promise<Result>): Promise<Result> {
    const queue = queues.get(key) ?? createSerialQueue()
    queues.set(key, queue)
    try {
      return await queue.run(task)
    } finally {
      if (queue.length === 0) queues.delete(key)
    }
  }
}
