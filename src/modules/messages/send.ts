import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { Blocked, ClientMessageIdReused, NotFound, ValidationFailed } from '../../errors.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { requireMember } from '../membership/public.ts'
import type { ChangeParts } from './change.ts'
import { toMessage, type MessageRow } from './rows.ts'
import type { Message, NewMessage } from './schemas.ts'
import { findMessage } from './select.ts'
import type { Draft, MessageWriter } from './writer.ts'

export interface Sent { message: Message, created: boolean }
export interface SendParts extends ChangeParts { writer: MessageWriter }

/**
 * Stores a message and, once it is committed, announces it. A repeated `clientMessageId` answers
 * with the first message (`created: false`) and announces nothing.
 * Throws NOT_FOUND, BLOCKED, VALIDATION_FAILED (no content, unknown image), CLIENT_MESSAGE_ID_REUSED.
 */
export async function sendMessage (
  { db, events, writer }: SendParts, senderId: string, conversationId: string, draft: NewMessage
): Promise<Sent> {
  if (draft.text === undefined && draft.imageUrl === undefined) {
    throw new ValidationFailed('A message needs text or imageUrl.')
  }
  const row = await write(writer, {
    id: randomUUIDv7(),
    conversationId: conversationId.toLowerCase(),
    senderId,
    text: draft.text ?? null,
    imageUrl: draft.imageUrl ?? null,
    clientMessageId: draft.clientMessageId?.toLowerCase() ?? null,
  })
  if (!row) return { message: await findRepeated(db, senderId, conversationId, draft), created: false }
  // Nobody can have read what was stored just now, or reacted to it.
  const message = toMessage({ ...row, myReactions: null }, { id: senderId, readSeq: 0, otherReadSeq: 0, floor: 0 })
  events.emit('message.sent', { conversationId: message.conversationId, version: message.version, message })
  return { message, created: true }
}

async function write (writer: MessageWriter, draft: Draft): Promise<MessageRow | undefined> {
  try {
    const stored = await writer(draft)
    return stored && { ...draft, ...stored, reactions: null, deletedAt: null, deletedFor: null }
  } catch (error) {
    const constraint = violatedConstraint(error)
    if (constraint === 'messages_client_message_id_unique') return undefined
    if (constraint === 'messages_image_url_fkey') {
      throw new ValidationFailed('imageUrl must be one that POST /upload/image returned.')
    }
    throw error
  }
}

async function findRepeated (
  db: Database, senderId: string, conversationId: string, { text, imageUrl, clientMessageId }: NewMessage
): Promise<Message> {
  const { blocked } = await requireMember(db, senderId, conversationId)
  const first = clientMessageId && await findMessage(db, senderId, sql`
    m.conversation_id = ${conversationId} AND m.sender_id = ${senderId} AND m.client_message_id = ${clientMessageId}`)
  // Neither stored nor refused: the first one is before the sender's history.
  if (!first) throw blocked ? new Blocked() : new NotFound('message')
  if (first.text !== (text ?? null) || first.imageUrl !== (imageUrl ?? null)) throw new ClientMessageIdReused()
  return toMessage(first, first.viewer)
}
