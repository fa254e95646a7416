import { createLine, type Line } from './line.ts'

/** A line for each key; different keys do not wait for each other. */
export function createKeyedQueue () {
  const lines = new Map<string, Line>()
  return async function run<Result> (key: string, task: () => Promise<Result>): Promise<Result> {
    const line = lines.get(key) ?? createLine()
    lines.set(key, line)
    try {
      return await line.run(task)
    } finally {
      if (line.length === 0) lines.delete(key)
    }
  }
}
