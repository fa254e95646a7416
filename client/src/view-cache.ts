import type { ShownConversation } from './view.ts'

interface Parts {
  ids (): Iterable<string>
  show (conversationId: string): ShownConversation | undefined
  tell (conversationIds: string[]): void
}

/** Newest activity first. */
const compare = (one: ShownConversation, other: ShownConversation) => {
  const [a, b] = [one, other].map(({ updatedAt, id }) => `${updatedAt} ${id}`) as [string, string]
  return a < b ? 1 : -1
}

/** What is shown of conversations, made when it is looked at, and again only after it changed. */
export class ViewCache {
  readonly #parts: Parts
  readonly #shown = new Map<string, ShownConversation>()
  #list: ShownConversation[] | undefined
  readonly #changed = new Set<string>()

  constructor (parts: Parts) {
    this.#parts = parts
  }

  get list (): readonly ShownConversation[] {
    this.#list ??= [...this.#parts.ids()].map(id => this.get(id)!).sort(compare)
    return this.#list
  }

  get (conversationId: string): ShownConversation | undefined {
    const shown = this.#shown.get(conversationId) ?? this.#parts.show(conversationId)
    if (shown) this.#shown.set(conversationId, shown)
    return shown
  }

  /** Tells it once for all that happens at a time. */
  changed (conversationId: string): void {
    this.#shown.delete(conversationId)
    this.#list = undefined
    if (this.#changed.size === 0) queueMicrotask(() => this.#tell())
    this.#changed.add(conversationId)
  }

  #tell (): void {
    const conversationIds = [...this.#changed]
    this.#changed.clear()
    this.#parts.tell(conversationIds)
  }
}
