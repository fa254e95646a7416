import { randomUUIDv7 } from 'node:crypto'
import { and, eq, getTableColumns } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../db.ts'
import { Blocked, ClientMessageIdReused, ValidationFailed } from '../../errors.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { requireMember, type Member } from '../conversations/public.ts'
import { toMessage, type MessageRow } from './rows.ts'
import type { Message, NewMessage } from './schemas.ts'
import { hiddenMessages, messages } from './tables.ts'
import type { Draft } from './writer.ts'

export interface Sent { message: Message, created: boolean }

/**
 * Stores a message and, once it is committed, announces it. A repeated `clientMessageId` answers
 * with the first message (`created: false`) and announces nothing.
 * Throws NOT_FOUND, BLOCKED, VALIDATION_FAILED (no content, unknown image), CLIENT_MESSAGE_ID_REUSED.
 */
export async function sendMessage (
  app: FastifyInstance, senderId: string, conversationId: string, draft: NewMessage
): Promise<Sent> {
  if (draft.text === undefined && draft.imageUrl === undefined) {
    throw new ValidationFailed('A message needs text or imageUrl.')
  }
  const row = await write(app, {
    id: randomUUIDv7(),
    conversationId: conversationId.toLowerCase(),
    senderId,
    text: draft.text ?? null,
    imageUrl: draft.imageUrl ?? null,
    clientMessageId: draft.clientMessageId?.toLowerCase() ?? null,
  })
  if (!row) return { message: await findRepeated(app.db, senderId, conversationId, draft), created: false }
  // Nobody can have read what was stored just now.
  const message = toMessage(row, { viewerId: senderId, ownReadSeq: 0, otherReadSeq: 0 })
  app.events.emit('message.sent', { message })
  return { message, created: true }
}

async function write (app: FastifyInstance, draft: Draft): Promise<MessageRow | undefined> {
  try {
    const stored = await app.writeMessage(draft)
    return stored && { ...draft, ...stored, deletedAt: null, deletedFor: null }
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
  db: Database, senderId: string, conversationId: string, draft: NewMessage
): Promise<Message> {
  const member = await requireMember(db, senderId, conversationId)
  const first = draft.clientMessageId && await findByClientMessageId(db, member, draft.clientMessageId)
  if (!first) throw new Blocked()
  if (first.text !== (draft.text ?? null) || first.imageUrl !== (draft.imageUrl ?? null)) {
    throw new ClientMessageIdReused()
  }
  return toMessage(first, member.reading, first.hiddenAt)
}

async function findByClientMessageId (db: Database, member: Member, clientMessageId: string) {
  const [row] = await db.select({ ...getTableColumns(messages), hiddenAt: hiddenMessages.hiddenAt })
    .from(messages)
    .leftJoin(
      hiddenMessages, and(eq(hiddenMessages.messageId, messages.id), eq(hiddenMessages.userId, member.reading.viewerId))
    )
    .where(and(
      eq(messages.conversationId, member.conversationId),
      eq(messages.senderId, member.reading.viewerId),
      eq(messages.clientMessageId, clientMessageId)
    ))
  return row
}
