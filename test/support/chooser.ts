/** Numbers that look random and are the same on every run with the same seed. */
export function createChooser (seed: number) {
  let state = seed
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * limit)
  }
  return { below, oneOf: <Item>(items: Item[]): Item => items[below(items.length)]! }
}
