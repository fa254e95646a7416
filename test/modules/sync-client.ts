import type { Static } from '@sinclair/typebox'
import type { Conversation } from '../../src/modules/conversations/schemas.ts'
import type { Message } from '../../src/modules/messages/schemas.ts'
import type { SyncResponseSchema, Tombstone } from '../../src/modules/sync/schemas.ts'
import type { Person } from '../helper.ts'

export type SyncAnswer = Static<typeof SyncResponseSchema>
type Kept = Message | Tombstone

/** What a fresh look at the server tells of a message: of a deleted one only that it is. */
export function toKept (message: Kept): Kept {
  if (message.deletedAt === null) return message
  const { id, seq, version, deletedAt, deletedFor } = message
  return { id, seq, version, deletedAt, deletedFor }
}

/** A client that knows what `/sync` has told it and nothing else. */
export class SyncClient {
  readonly conversations = new Map<string, { version: number, conversation: Conversation, messages: Map<string, Kept> }>()
  ownVersion: number | undefined
  readonly #person: Person

  constructor (person: Person) {
    this.#person = person
  }

  /** Asks once and applies the answer. */
  async step (): Promise<SyncAnswer> {
    const given = Object.fromEntries([...this.conversations].map(([id, { version }]) => [id, version]))
    const { status, body } = await this.#person.post<SyncAnswer>('/sync', { conversations: given, ownVersion: this.ownVersion })
    if (status !== 200) throw new Error(JSON.stringify(body))
    for (const change of body.changed) this.#apply(change)
    for (const id of body.left) this.conversations.delete(id)
    this.ownVersion = body.ownVersion
    return body
  }

  /** Asks until nothing remains; returns how many answers it took. */
  async catchUp (): Promise<number> {
    for (let steps = 1; ; steps++) {
      const known = new Set(this.conversations.keys())
      const { changed } = await this.step()
      // Of a conversation that was not known, older messages are history, to be paged on demand.
      if (!changed.some(({ conversation, messages, limited }) => limited && (known.has(conversation.id) || messages.length === 0))) return steps
    }
  }

  #apply ({ conversation, messages, limited }: SyncAnswer['changed'][number]): void {
    const known = this.conversations.get(conversation.id)
    // Announced only: its messages come with another answer.
    if (!known && limited && messages.length === 0) return
    const kept = known?.messages ?? new Map<string, Kept>()
    const versions = messages.map(message => message.version)
    const version = known && limited ? Math.max(known.version, ...versions) : conversation.version
    for (const message of messages as Kept[]) {
      kept.set(message.id, toKept(message))
      if ('status' in message && message.status === 'read') markRead(kept, message)
    }
    this.conversations.set(conversation.id, { version, conversation, messages: kept })
  }

  messagesOf (id: string): Kept[] {
    return [...this.conversations.get(id)!.messages.values()].sort((a, b) => a.seq - b.seq)
  }
}

function markRead (kept: Map<string, Kept>, { senderId, seq }: Message): void {
  for (const [id, message] of kept) {
    if ('status' in message && message.senderId === senderId && message.seq < seq) kept.set(id, { ...message, status: 'read' })
  }
}
