/** Listeners by the name of what they listen to. */
export class Emitter<Events> {
  readonly #listeners: { [Name in keyof Events]?: Set<(payload: Events[Name]) => void> } = {}

  /** Returns what ends it. */
  on<Name extends keyof Events> (name: Name, listener: (payload: Events[Name]) => void): () => void {
    const listeners = this.#listeners[name] ??= new Set()
    listeners.add(listener)
    return () => { listeners.delete(listener) }
  }

  emit<Name extends keyof Events> (name: Name, payload: Events[Name]): void {
    for (const listener of [...this.#listeners[name] ?? []]) listener(payload)
  }
}
