/**
 * What a good client does, and no more: it repeats a send until it is answered, under one
 * `clientMessageId`; orders by `seq`; takes events as hints; and calls `/sync` when it connects, when a
 * version jumps, and when it is asked to. The README's "How a client stays right", as a program.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from '@sinclair/typebox'
import { io, type Socket } from 'socket.io-client'
import type { Conversation } from '../src/modules/conversations/schemas.ts'
import type { Message } from '../src/modules/messages/schemas.ts'
import type { SyncResponseSchema, Tombstone } from '../src/modules/sync/schemas.ts'

export type SyncAnswer = Static<typeof SyncResponseSchema>
export type Kept = Message | Tombstone

/** A conversation as this client shows it, up to and including `version`. */
export interface Held { version: number, conversation: Conversation, messages: Map<number, Kept> }

/** An event about a conversation; which it is shows in what it carries. */
interface News { conversationId: string, version: number, message?: Message, status?: 'read', userId?: string, seq?: number }

export interface Account { url: string, token: string, userId: string }

/** Of a deleted message nothing is shown but that there was one. */
export function toKept (message: Kept): Kept {
  if (message.deletedAt === null) return message
  const { id, seq, version, deletedAt, deletedFor } = message
  return { id, seq, version, deletedAt, deletedFor }
}

const isTemporary = (status: number) => status === 429 || status >= 500

/** Who cannot be reached is asked again: sooner at first, and never in step with the other clients. */
const backOff = (attempt: number) => sleep(Math.random() * Math.min(100 * 2 ** attempt, 2_000))

export class ReferenceClient {
  readonly held = new Map<string, Held>()
  readonly socket: Socket
  /** How often `/sync` was called. */
  syncs = 0
  readonly #account: Account
  #ownVersion: number | undefined
  #stale = false
  #syncing: Promise<void> | undefined
  #early: News[] = []
  #closed = false

  constructor (account: Account) {
    this.#account = account
    this.socket = io(account.url, {
      auth: { token: account.token }, forceNew: true, transports: ['websocket'], reconnectionDelay: 200, reconnectionDelayMax: 2_000, autoConnect: false,
    })
    const inBackground = () => { this.sync().catch(() => {}) }
    // Connected first, then asked: what happens in between is heard.
    this.socket.on('connect', inBackground)
    this.socket.on('sync:required', inBackground)
    this.socket.on('connect_error', (error: Error & { data?: { statusCode: number } }) => this.#reconnect(error.data?.statusCode))
    for (const name of ['message:new', 'message:status', 'message:deleted', 'group:member-joined', 'group:member-left']) {
      this.socket.on(name, (news: News) => this.#take(news))
    }
  }

  /** Resolves once connected and up to date. */
  async connect (): Promise<void> {
    if (this.socket.connected) return this.sync()
    this.socket.connect()
    await new Promise<void>(resolve => this.socket.once('connect', resolve))
    // Being connected has started it.
    await this.#syncing
  }

  /** Socket.IO tries again when it finds no server, but not when the server refuses. */
  #reconnect (status: number | undefined): void {
    if (status === undefined || !isTemporary(status)) return
    void backOff(3).then(() => { if (!this.#closed) this.socket.connect() })
  }

  /** Resolves when everything that was sent to this client until now is taken in, and what it led to is done. */
  async settled (): Promise<void> {
    // On one socket an answer comes after the events before it; a connection that ends takes its answers along.
    const ask = () => this.socket.timeout(10_000).emitWithAck('join', { userId: this.#account.userId })
    while (!this.#closed && !await ask().catch(() => undefined));
    await this.#syncing
  }

  close (): void {
    this.#closed = true
    this.socket.disconnect()
  }

  /** Calls the API until it answers with something else than "try again". */
  async request (method: string, path: string, json?: unknown): Promise<{ status: number, body: any }> {
    for (let attempt = 0; ; attempt++) {
      if (this.#closed) throw new Error('closed')
      try {
        const response = await fetch(`${this.#account.url}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${this.#account.token}`, ...json !== undefined && { 'content-type': 'application/json' } },
          ...json !== undefined && { body: JSON.stringify(json) },
          signal: AbortSignal.timeout(10_000),
        })
        const body = await response.json()
        if (!isTemporary(response.status)) return { status: response.status, body }
        await sleep(Number(response.headers.get('retry-after') ?? 0) * 1_000)
      } catch {
        // No answer: it may or may not have happened, so it is asked again.
      }
      await backOff(attempt)
    }
  }

  /** Sends a message; however often that takes, there is one. Rejects if the server refuses it. */
  async send (conversationId: string, text: string, clientMessageId: string = randomUUID()): Promise<Message> {
    const { status, body } = await this.request('POST', `/conversations/${conversationId}/messages`, { text, clientMessageId })
    if (status > 201) throw new Error(body.code)
    return this.#takeOwn(body.message)
  }

  /** The same over the socket, for as long as it is connected: Socket.IO would keep the call until it is again. */
  async sendLive (conversationId: string, text: string, clientMessageId: string = randomUUID()): Promise<Message> {
    const draft = { conversationId, text, clientMessageId }
    const reply = this.socket.connected && await this.socket.timeout(10_000).emitWithAck('message:send', draft).catch(() => undefined)
    return reply && reply.ok ? this.#takeOwn(reply.message) : this.send(conversationId, text, clientMessageId)
  }

  #takeOwn (message: Message): Message {
    this.#take({ conversationId: message.conversationId, version: message.version, message })
    return message
  }

  /** Brings everything up to date; calls that come while one is under way share one more round. */
  sync (): Promise<void> {
    this.#stale = true
    this.#syncing ??= this.#catchUp().finally(() => { this.#syncing = undefined })
    return this.#syncing
  }

  async #catchUp (): Promise<void> {
    while (this.#stale) {
      this.#stale = false
      await this.syncOnce()
      for (const news of this.#early.splice(0)) this.#takeNow(news)
    }
  }

  /** Asks once and takes in the answer, which may say that more remains. */
  async syncOnce (): Promise<SyncAnswer> {
    this.syncs++
    const versions = Object.fromEntries([...this.held].map(([id, { version }]) => [id, version]))
    const { status, body } = await this.request('POST', '/sync', { conversations: versions, ownVersion: this.#ownVersion })
    if (status !== 200) throw new Error(body.code)
    this.#apply(body)
    return body
  }

  #apply ({ changed, left, ownVersion }: SyncAnswer): void {
    for (const change of changed) this.#applyChange(change)
    for (const id of left) this.held.delete(id)
    this.#ownVersion = ownVersion
  }

  #applyChange ({ conversation, messages, limited }: SyncAnswer['changed'][number]): void {
    const known = this.held.get(conversation.id)
    // Announced only: its messages come with another answer. Of a new one, older messages are paged on demand.
    const isPostponed = limited && messages.length === 0
    if (limited && (known || isPostponed)) this.#stale = true
    if (!known && isPostponed) return
    const kept = known?.messages ?? new Map<number, Kept>()
    for (const message of messages as Kept[]) {
      kept.set(message.seq, toKept(message))
      if ('status' in message && message.status === 'read') markRead(kept, message.senderId, message.seq)
    }
    const version = known && limited ? Math.max(known.version, ...messages.map(message => message.version)) : conversation.version
    this.held.set(conversation.id, { version, conversation, messages: kept })
  }

  /** What is heard while `/sync` is asked may be older or newer than its answer, so it waits for that. */
  #take (news: News): void {
    if (this.#syncing) this.#early.push(news)
    else this.#takeNow(news)
  }

  #takeNow (news: News): void {
    const known = this.held.get(news.conversationId)
    const isOwnReading = news.status === 'read' && news.userId === this.#account.userId
    if (known && news.version <= known.version && !isOwnReading) return
    const isNext = known !== undefined && news.version === known.version + 1
    // A send that was repeated may be answered with a message that has been taken back meanwhile.
    if (isNext && news.message?.deletedAt === null) this.#addMessage(known, news.message)
    else if (isNext && news.status === 'read' && !isOwnReading) this.#noteReading(known, news)
    // Missed something, or it is no more than a reason to ask.
    else this.sync().catch(() => {})
  }

  #addMessage (known: Held, message: Message): void {
    const { conversation } = known
    const isOwn = message.senderId === this.#account.userId
    known.version = message.version
    known.messages.set(message.seq, message)
    known.conversation = {
      ...conversation,
      version: message.version,
      lastSeq: message.seq,
      updatedAt: message.createdAt,
      lastMessage: message,
      unreadCount: isOwn ? conversation.unreadCount : Math.min(conversation.unreadCount + 1, 1_000),
    }
  }

  #noteReading (known: Held, { version, seq }: News): void {
    known.version = version
    markRead(known.messages, this.#account.userId, seq!)
    const { lastMessage } = known.conversation
    known.conversation = {
      ...known.conversation, version, lastMessage: lastMessage && (known.messages.get(lastMessage.seq) as Message | undefined ?? lastMessage),
    }
  }

  /** Fetches what is older than the newest page, back to the first message. */
  async loadHistory (id: string): Promise<void> {
    const { messages, conversation } = this.held.get(id)!
    // Not from the oldest one held: news of a deletion or a reading may be about a message far back.
    for (let before = conversation.lastSeq + 1; ;) {
      while (messages.has(before - 1)) before--
      const { status, body } = await this.request('GET', `/conversations/${id}/messages?limit=100&beforeSeq=${before}`)
      if (status !== 200) throw new Error(body.code)
      for (const message of body.messages as Message[]) messages.set(message.seq, toKept(message))
      if (!body.hasMore) return
    }
  }

  /** The messages held of a conversation, as they are shown. */
  messagesOf (id: string): Kept[] {
    return [...this.held.get(id)?.messages.values() ?? []].sort((a, b) => a.seq - b.seq)
  }
}

/** Reading one message is reading all before it that the same person sent. */
function markRead (messages: Map<number, Kept>, senderId: string, seq: number): void {
  for (const [key, message] of messages) {
    if ('status' in message && message.senderId === senderId && message.seq <= seq) messages.set(key, { ...message, status: 'read' })
  }
}
