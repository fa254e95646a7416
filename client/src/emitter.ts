/** Listeners by the name of what they listen to. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(payload: any) => void>>()

  /** Returns what ends it. */
  on<Name extends keyof Events> (name: Name, listener: (payload: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => { listeners.delete(listener) }
  }

  emit<Name extends keyof Events> (name: Name, payload: Events[Name]): void {
    for (const listener of [...this.#listeners.get(name) ?? []]) listener(payload)
  }
}
