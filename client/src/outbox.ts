import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import { closed, discarded, isTemporary, type ConvoError } from './errors.ts'
import type { Backoff } from './backoff.ts'
import type { Content, Draft } from './draft.ts'
import type { OutboxStore } from './stores.ts'
import type { Message } from './types.ts'
import { uuid } from './uuid.ts'

interface Entry { draft: Draft, resolve: (message: Message) => void, reject: (error: ConvoError) => void }

interface Parts {
  userId: string
  api: Api
  clock: Clock
  backoff: Backoff
  store: OutboxStore
  changed (conversationId: string): void
  answered (message: Message): void
  failed (draft: Draft): void
}

/**
 * Messages that are not answered yet. Each is sent under one clientMessageId until it is confirmed or
 * refused, those of one conversation one after the other.
 */
export class Outbox {
  readonly #parts: Parts
  readonly #entries = new Map<string, Entry>()
  /** Conversations whose messages are on their way. */
  readonly #busy = new Set<string>()
  #lastTime = 0
  #isOpen = false
  #isClosed = false

  constructor (parts: Parts) {
    this.#parts = parts
  }

  /** What an earlier run has left; sent as soon as the outbox is open. */
  async load (): Promise<void> {
    // A store that cannot be read is no reason not to begin.
    const drafts = await this.#parts.store.load().catch(() => [])
    const own = drafts.filter(({ senderId }) => senderId === this.#parts.userId)
    for (const draft of own.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))) {
      void this.#add(draft)
      this.#lastTime = Date.parse(draft.createdAt)
    }
  }

  open (): void {
    this.#isOpen = true
    for (const { draft } of this.#entries.values()) this.#work(draft.conversationId)
  }

  /** Nothing is sent any more; what is not answered stays in the store. */
  close (): void {
    this.#isOpen = false
    this.#isClosed = true
    for (const { reject } of this.#entries.values()) reject(closed())
  }

  of (conversationId: string): Draft[] {
    return [...this.#entries.values()].map(({ draft }) => draft)
      .filter(draft => draft.conversationId === conversationId)
  }

  send (conversationId: string, content: Content, clientMessageId = uuid()): Promise<Message> {
    return this.#enter({
      clientMessageId, conversationId, senderId: this.#parts.userId, ...content, createdAt: this.#nextTime(),
    })
  }

  /** Sends again what was refused, after what was written since. */
  retry (clientMessageId: string): Promise<Message> {
    const entry = this.#entries.get(clientMessageId)
    if (!entry?.draft.error) throw new Error('There is no failed message of this clientMessageId.')
    this.#entries.delete(clientMessageId)
    const { error, ...draft } = entry.draft
    return this.#enter({ ...draft, createdAt: this.#nextTime() })
  }

  /** Forgets a message. If it is on its way, it may arrive all the same. */
  discard (clientMessageId: string): void {
    this.#settle(clientMessageId)?.reject(discarded())
  }

  /** The server has it, whoever says so. */
  confirm (message: Message): void {
    if (message.clientMessageId !== null) this.#settle(message.clientMessageId)?.resolve(message)
  }

  /** Later than any before, whatever the clock says: it is their order after a restart. */
  #nextTime (): string {
    this.#lastTime = Math.max(this.#parts.clock.now(), this.#lastTime + 1)
    return new Date(this.#lastTime).toISOString()
  }

  #add (draft: Draft): Promise<Message> {
    const promise = new Promise<Message>((resolve, reject) => {
      if (this.#isClosed) reject(closed())
      this.#entries.set(draft.clientMessageId, { draft, resolve, reject })
    })
    // Whoever is not interested in what becomes of it need not say so.
    promise.catch(() => {})
    return promise
  }

  #enter (draft: Draft): Promise<Message> {
    const promise = this.#add(draft)
    this.#parts.changed(draft.conversationId)
    // Kept first, but a store that is full is no reason not to send.
    void this.#parts.store.put(draft).catch(() => {}).then(() => this.#work(draft.conversationId))
    return promise
  }

  #settle (clientMessageId: string): Entry | undefined {
    const entry = this.#entries.get(clientMessageId)
    if (!entry) return undefined
    this.#entries.delete(clientMessageId)
    this.#parts.store.remove(clientMessageId).catch(() => {})
    this.#parts.changed(entry.draft.conversationId)
    return entry
  }

  #work (conversationId: string): void {
    if (this.#busy.has(conversationId)) return
    this.#busy.add(conversationId)
    void this.#deliverAll(conversationId).finally(() => this.#busy.delete(conversationId))
  }

  async #deliverAll (conversationId: string): Promise<void> {
    for (;;) {
      const next = this.of(conversationId).find(draft => !draft.error)
      if (!next || !this.#isOpen) return
      await this.#deliver(next)
    }
  }

  async #deliver (draft: Draft): Promise<void> {
    const { api, backoff } = this.#parts
    const { clientMessageId, conversationId: id, text, imageUrl } = draft
    const isWaiting = () => this.#isOpen && this.#entries.get(clientMessageId)?.draft === draft
    for (let attempt = 1; isWaiting(); attempt++) {
      try {
        const { message } = await api.sendMessage({
          id, clientMessageId, ...text !== undefined && { text }, ...imageUrl !== undefined && { imageUrl },
        }, { attempts: 1, signal: backoff.signal })
        this.#parts.answered(message)
        this.confirm(message)
      } catch (error) {
        if (isTemporary(error)) await backoff.wait(attempt, error.retryAfter)
        // When nobody is signed in, which says nothing of the message, this is closed by now.
        else if (isWaiting()) this.#refuse(draft, error as ConvoError)
      }
    }
  }

  #refuse (draft: Draft, refusal: ConvoError): void {
    const { statusCode, code, message } = refusal
    const failed: Draft = { ...draft, error: { statusCode, code, message } }
    const entry = this.#entries.get(draft.clientMessageId)!
    this.#entries.set(draft.clientMessageId, { ...entry, draft: failed })
    this.#parts.store.put(failed).catch(() => {})
    this.#parts.changed(draft.conversationId)
    this.#parts.failed(failed)
    entry.reject(refusal)
  }
}
