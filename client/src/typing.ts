import type { Clock } from './clock.ts'

/** Own typing is told again after so long, while it goes on: the server forgets it after 6 s. */
const tellInterval = 3_000
/** And is over when no key was pressed for so long. */
const idleTime = 4_000
/**
 * Of others the server tells every few seconds while it goes on, and when it is over, at the latest 6 s after
 * their last key; unless its node died.
 */
const forgetTime = 7_000

interface Parts {
  clock: Clock
  changed (conversationId: string): void
  emit: (name: 'typing:start' | 'typing:stop', conversationId: string) => void
}

/** Who is typing where, oneself included. */
export class Typing {
  readonly #parts: Parts
  /** Of each conversation, people and what ends the wait for their end. */
  readonly #others = new Map<string, Map<string, () => void>>()
  readonly #own = new Map<string, { toldAt: number, cancel: () => void }>()

  constructor (parts: Parts) {
    this.#parts = parts
  }

  in (conversationId: string): string[] {
    return [...this.#others.get(conversationId)?.keys() ?? []]
  }

  heard ({ conversationId, userId, isTyping }: { conversationId: string, userId: string, isTyping: boolean }): void {
    const people = this.#others.get(conversationId) ?? new Map<string, () => void>()
    this.#others.set(conversationId, people)
    const wasTyping = people.has(userId)
    people.get(userId)?.()
    people.delete(userId)
    if (isTyping) {
      people.set(
        userId, this.#parts.clock.after(forgetTime, () => this.heard({ conversationId, userId, isTyping: false }))
      )
    }
    if (isTyping !== wasTyping) this.#parts.changed(conversationId)
  }

  /** What happens while there is no connection is not told. */
  forgetOthers (): void {
    for (const [conversationId, people] of this.#others) {
      for (const userId of people.keys()) this.heard({ conversationId, userId, isTyping: false })
    }
  }

  /** A key was pressed. */
  start (conversationId: string): void {
    const { clock, emit } = this.#parts
    const own = this.#own.get(conversationId)
    own?.cancel()
    const isDue = !own || clock.now() - own.toldAt >= tellInterval
    if (isDue) emit('typing:start', conversationId)
    this.#own.set(conversationId, {
      toldAt: isDue ? clock.now() : own.toldAt, cancel: clock.after(idleTime, () => this.stop(conversationId)),
    })
  }

  stop (conversationId: string): void {
    if (this.#forgetOwn(conversationId)) this.#parts.emit('typing:stop', conversationId)
  }

  /** The message itself says that its writing is over. */
  sent (conversationId: string): void {
    this.#forgetOwn(conversationId)
  }

  #forgetOwn (conversationId: string): boolean {
    this.#own.get(conversationId)?.cancel()
    return this.#own.delete(conversationId)
  }

  close (): void {
    for (const { cancel } of this.#own.values()) cancel()
    for (const people of this.#others.values()) for (const cancel of people.values()) cancel()
  }
}
