import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import { isTemporary } from './errors.ts'
import type { Backoff } from './backoff.ts'
import type { Held } from './replica.ts'

/** Who scrolls reads much in a short time; told is where they got to. */
const pause = 300

interface Parts { api: Api, clock: Clock, backoff: Backoff, userId: string, changed (conversationId: string): void }
interface Mark { seq: number, messageId: string, isTold: boolean }

/** How far the person has read: shown at once, told a little later, and never backwards. */
export class ReadMarks {
  readonly #parts: Parts
  readonly #marks = new Map<string, Mark>()
  readonly #waiting = new Map<string, () => void>()
  #isClosed = false

  constructor (parts: Parts) {
    this.#parts = parts
  }

  /** Everything up to a number is read; without one, all that there is. */
  read (held: Held, upTo = Infinity): void {
    const { conversation: { id }, timeline } = held
    if (this.unreadOf(held) === 0) return
    const newest = timeline.messages.findLast(({ seq }) => seq <= upTo)
    if (!newest || newest.seq <= (this.#marks.get(id)?.seq ?? 0)) return
    this.#marks.set(id, { seq: newest.seq, messageId: newest.id, isTold: false })
    this.#parts.changed(id)
    if (this.#waiting.has(id)) return
    this.#waiting.set(id, this.#parts.clock.after(pause, () => { void this.#tell(id) }))
  }

  /** The server's count, less what was read since it counted. */
  unreadOf ({ conversation, timeline }: Held): number {
    const mark = this.#marks.get(conversation.id)
    if (!mark || conversation.unreadCount === 0) return conversation.unreadCount
    const { userId } = this.#parts
    let unread = 0
    for (let i = timeline.messages.length - 1; i >= 0 && timeline.messages[i]!.seq > mark.seq; i--) {
      const message = timeline.messages[i]!
      if (message.status !== 'deleted' && message.senderId !== userId) unread++
    }
    return Math.min(conversation.unreadCount, unread)
  }

  forget (id: string): void {
    this.#waiting.get(id)?.()
    this.#waiting.delete(id)
    this.#marks.delete(id)
  }

  close (): void {
    this.#isClosed = true
    for (const cancel of this.#waiting.values()) cancel()
  }

  async #tell (id: string): Promise<void> {
    const { api, backoff } = this.#parts
    for (let attempt = 1; !this.#isClosed; attempt++) {
      const mark = this.#marks.get(id)
      if (!mark || mark.isTold) break
      try {
        await api.readMessage({ id: mark.messageId }, { attempts: 1, signal: backoff.signal })
        mark.isTold = true
      } catch (error) {
        if (isTemporary(error)) await backoff.wait(attempt, error.retryAfter)
        // It is not there, or not for this person: nothing is to be told.
        else mark.isTold = true
      }
    }
    this.#waiting.delete(id)
  }
}
