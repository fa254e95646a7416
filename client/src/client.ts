import type { Api } from './api.ts'
import { assemble, type Parts } from './assemble.ts'
import { Emitter } from './emitter.ts'
import { closed, type ConvoError } from './errors.ts'
import type { ChatEvents, ClientOptions, OfflineReason, Status } from './options.ts'
import type { Content } from './draft.ts'
import { refreshPresence } from './presence.ts'
import { readToken } from './token.ts'
import type { Message } from './types.ts'
import type { ShownConversation } from './view.ts'

export class Chat {
  readonly userId: string
  /** What the client is made of, for tests. */
  readonly parts: Parts
  readonly #emitter = new Emitter<ChatEvents>()
  readonly #expiresAt: number
  readonly #awaitOnline = new Set<{ resolve: () => void, reject: (error: ConvoError) => void }>()
  #status: Status = 'connecting'
  #offlineReason: OfflineReason | undefined
  #isClosed = false

  constructor (options: ClientOptions) {
    const { userId, expiresAt } = readToken(options.token)
    this.userId = userId
    this.#expiresAt = expiresAt
    this.parts = assemble(options, {
      userId,
      emitter: this.#emitter,
      connected: () => { void this.#connected() },
      status: status => this.#setStatus(status),
      // Why is not known of each attempt, but does not change that often.
      failed: reason => this.#setStatus('offline', reason ?? this.#offlineReason),
      signedOut: () => this.#end(),
    })
  }

  /** Every call of the API, typed. */
  get api (): Api { return this.parts.api }
  get status (): Status { return this.#status }
  /** Why it is offline, if that is known. */
  get offlineReason (): OfflineReason | undefined { return this.#offlineReason }

  /** Returns what ends the listening. */
  on<Name extends keyof ChatEvents> (name: Name, listener: (...args: ChatEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener)
  }

  /** Newest activity first; the same array until something changes. */
  get conversations (): readonly ShownConversation[] { return this.parts.viewCache.list }

  /** The same object until something in it changes; undefined if the person is not in it. */
  conversation (id: string): ShownConversation | undefined {
    return this.parts.viewCache.get(id)
  }

  /**
   * Shows a message at once and sends it, now or when that is possible. Resolves when the server has it,
   * rejects when it refuses.
   */
  send (conversationId: string, content: Content): Promise<Message> {
    this.parts.typing.sent(conversationId)
    return this.parts.outbox.send(conversationId, content)
  }

  /** Sends again what was refused. */
  retry (clientMessageId: string): Promise<Message> {
    return this.parts.outbox.retry(clientMessageId)
  }

  /** Forgets a message that was refused or is not sent yet. */
  discard (clientMessageId: string): void {
    this.parts.outbox.discard(clientMessageId)
  }

  /** Loads a page of older messages. Resolves with whether there are more. */
  loadOlder (conversationId: string): Promise<boolean> {
    return this.parts.synchroniser.loadOlder(conversationId)
  }

  /** Everything in a conversation is read, or everything up to a number. */
  read (conversationId: string, upToSeq?: number): void {
    const held = this.parts.replica.held.get(conversationId)
    if (held) this.parts.readMarks.read(held, upToSeq)
  }

  /** Call it with every key pressed, and with false when the text is emptied. It ends by itself. */
  typing (conversationId: string, isTyping = true): void {
    if (isTyping) this.parts.typing.start(conversationId)
    else this.parts.typing.stop(conversationId)
  }

  /** Sends what an earlier run has left, and connects. */
  async open (): Promise<void> {
    await this.parts.outbox.load()
    if (this.#isClosed) return
    this.parts.outbox.open()
    this.parts.connection.open()
  }

  /** Resolves when everything that was missed is there; rejects when that will not come to be. */
  async online (): Promise<void> {
    if (this.#status === 'online') return
    if (this.#isClosed) throw closed()
    await new Promise<void>((resolve, reject) => { this.#awaitOnline.add({ resolve, reject }) })
  }

  /** Ends the session on the server, and with it everything here. */
  async signOut (): Promise<void> {
    await this.api.signOut()
    this.#end()
  }

  /** Ends everything here. What is not sent yet stays in the outbox's store. */
  close (): void {
    this.#isClosed = true
    const { connection, synchroniser, outbox, readMarks, typing, backoff } = this.parts
    for (const part of [connection, synchroniser, outbox, readMarks, typing, backoff]) part.close()
    for (const { reject } of this.#awaitOnline) reject(closed())
    this.#setStatus('offline')
  }

  #end (): void {
    if (this.#isClosed) return
    this.close()
    this.#emitter.emit('signedOut', { reason: this.#expiresAt <= this.parts.clock.now() ? 'expired' : 'ended' })
  }

  /** Subscribed by now, so that nothing falls in between: what happens while it is asked is heard. */
  async #connected (): Promise<void> {
    const { connection, replica, synchroniser } = this.parts
    const isFirst = replica.ownVersion === undefined
    this.#setStatus('connecting')
    this.parts.backoff.wake()
    const isComplete = await synchroniser.sync().then(() => true, () => false)
    if (!isComplete || !connection.socket.connected) return
    this.#setStatus('online')
    if (!isFirst) await refreshPresence(this.api, replica, connection.socket).catch(() => {})
  }

  #setStatus (status: Status, reason?: OfflineReason): void {
    if (this.#status === status && this.#offlineReason === reason) return
    this.#status = status
    this.#offlineReason = reason
    this.#emitter.emit('status', status, reason)
    if (status !== 'online') return
    for (const { resolve } of this.#awaitOnline) resolve()
    this.#awaitOnline.clear()
  }
}

/** A client that shows what its store has left, and is connecting. */
export async function createClient (options: ClientOptions): Promise<Chat> {
  const chat = new Chat(options)
  await chat.open()
  return chat
}
