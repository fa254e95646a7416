type Listener<Args> = (...args: Args extends unknown[] ? Args : never) => void

/** Listeners by the name of what they listen to. */
export class Emitter<Events> {
  readonly #listeners: { [Name in keyof Events]?: Set<Listener<Events[Name]>> } = {}

  /** Returns what ends it. */
  on<Name extends keyof Events> (name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners[name] ??= new Set()
    listeners.add(listener)
    return () => { listeners.delete(listener) }
  }

  emit<Name extends keyof Events> (name: Name, ...args: Parameters<Listener<Events[Name]>>): void {
    for (const listener of [...this.#listeners[name] ?? []]) listener(...args)
  }
}
