/**
 * Options for an LRUCache of so many entries that grows as they come; with `max` it would take the
 * memory for all of them, megabytes, from the start.
 * @param ttl how long an entry lasts, in milliseconds
 */
export function atMost (entries: number, ttl: number) {
  return { maxSize: entries, sizeCalculation: () => 1, ttl }
}
