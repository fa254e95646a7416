/** Counts what is there under each key; what is gone takes no memory. */
export function createTally () {
  const counts = new Map<string, number>()
  const count = (key: string) => counts.get(key) ?? 0
  return {
    count,
    add (key: string): void {
      counts.set(key, count(key) + 1)
    },
    remove (key: string): void {
      if (count(key) > 1) counts.set(key, count(key) - 1)
      else counts.delete(key)
    },
  }
}
