/**
 * The client of this repository, as the tests that look for loss use it: one that is told when to
 * connect and to look, whose copy is open to see, and which also sends over the socket.
 */
import { randomUUID } from 'node:crypto'
import type { Static } from '@sinclair/typebox'
import type { Socket } from 'socket.io-client'
import { Chat } from '../../client/src/index.ts'
import type { Held } from '../../client/src/replica.ts'
import type { Message } from '../../src/modules/messages/schemas.ts'
import type { SyncResponseSchema, Tombstone } from '../../src/modules/sync/schemas.ts'

export type SyncAnswer = Static<typeof SyncResponseSchema>
export type Kept = Message | Tombstone

export interface Account { url: string, token: string, userId: string }

/** Of a deleted message nothing is shown but that there was one. */
export function toKept (message: Kept): Kept {
  if (message.deletedAt === null) return message
  const { id, seq, version, deletedAt, deletedFor } = message
  return { id, seq, version, deletedAt, deletedFor }
}

/** What a person writes, under the id that it is sent by. */
interface Draft { conversationId: string, text: string, clientMessageId: string }

export class ReferenceClient {
  readonly chat: Chat
  readonly socket: Socket
  /** How often `/sync` was called. */
  syncs = 0
  #isOpen = false
  #isClosed = false
  readonly #userId: string

  constructor ({ url, token, userId }: Account, { fetch = globalThis.fetch } = {}) {
    this.#userId = userId
    this.chat = new Chat({
      url,
      token,
      fetch: (input, init) => {
        if (String(input).endsWith('/sync')) this.syncs++
        return fetch(input, init)
      },
    })
    this.socket = this.chat.parts.connection.socket
    this.chat.parts.outbox.open()
  }

  /** By conversation, what the client shows, up to and including its `version`. */
  get held (): ReadonlyMap<string, Held> { return this.chat.parts.replica.held }

  /** Resolves once connected and up to date. */
  async connect (): Promise<void> {
    if (this.#isOpen) this.socket.connect()
    else await this.chat.open()
    this.#isOpen = true
    await this.chat.online()
  }

  /** Resolves when everything that was sent to this client until now is taken in, and what it led to is done. */
  async settled (): Promise<void> {
    // On one socket an answer comes after the events before it; a connection that ends takes its answers along.
    const ask = () => this.socket.timeout(10_000).emitWithAck('join', { userId: this.#userId })
    while (!this.#isClosed && !await ask().catch(() => undefined));
    await this.chat.parts.synchroniser.settled()
  }

  close (): void {
    this.#isClosed = true
    this.chat.close()
  }

  /** Sends a message; however often that takes, there is one. Rejects if the server refuses it. */
  send (conversationId: string, text: string, clientMessageId: string = randomUUID()): Promise<Message> {
    return this.chat.parts.outbox.send(conversationId, { text }, clientMessageId)
  }

  /** The same over the socket, for as long as it is connected: Socket.IO would keep the call until it is again. */
  async sendLive (conversationId: string, text: string, clientMessageId: string = randomUUID()): Promise<Message> {
    const draft = { conversationId, text, clientMessageId }
    const reply = this.socket.connected && await this.socket.timeout(10_000).emitWithAck('message:send', draft)
      .catch(() => undefined)
    if (!reply || !reply.ok) return this.send(conversationId, text, clientMessageId)
    this.chat.parts.synchroniser.answered(reply.message)
    return reply.message
  }

  /** Sends what may have been sent before, of other content even: no outbox would. */
  async repeat ({ conversationId: id, text, clientMessageId }: Draft): Promise<Message> {
    const { message } = await this.chat.api.sendMessage({ id, text, clientMessageId }, { attempts: Infinity })
    this.chat.parts.synchroniser.answered(message)
    return message
  }

  /** Brings everything up to date; calls that come while one is under way share one more round. */
  sync (): Promise<void> {
    return this.chat.parts.synchroniser.sync()
  }

  /** Asks once and takes in the answer, which may say that more remains. */
  syncOnce (): Promise<SyncAnswer> {
    return this.chat.parts.synchroniser.syncOnce()
  }

  /** Fetches what is older than the newest page, back to the first message. */
  async loadHistory (id: string): Promise<void> {
    while (await this.chat.loadOlder(id));
  }

  /** The messages held of a conversation, as they are shown. */
  messagesOf (id: string): Kept[] {
    return (this.held.get(id)?.timeline.messages ?? []).map(message => toKept(message as Kept))
  }
}
