import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../db.ts'
import { Blocked, ClientMessageIdReused, ValidationFailed } from '../../errors.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { requireMember, type Member } from '../conversations/public.ts'
import { hiddenFrom } from './queries.ts'
import { toMessage, type MessageRow } from './rows.ts'
import type { Message, NewMessage } from './schemas.ts'
import { hiddenMessages, messages } from './tables.ts'

export interface Sent { message: Message, created: boolean }

/**
 * Stores a message and, once it is committed, announces it. A repeated `clientMessageId` answers
 * with the first message (`created: false`) and announces nothing.
 * Throws NOT_FOUND, BLOCKED, VALIDATION_FAILED (no content, unknown image), CLIENT_MESSAGE_ID_REUSED.
 */
export async function sendMessage (app: FastifyInstance, senderId: string, conversationId: string, draft: NewMessage): Promise<Sent> {
  if (draft.text === undefined && draft.imageUrl === undefined) throw new ValidationFailed('A message needs text or imageUrl.')
  const row = await insertMessage(app.db, senderId, conversationId, draft)
  if (!row) return { message: await findRepeated(app.db, senderId, conversationId, draft), created: false }
  // Nobody can have read what was stored just now.
  const message = toMessage(row, { viewerId: senderId, ownReadSeq: 0, otherReadSeq: 0 })
  app.events.emit('message.sent', { message })
  return { message, created: true }
}

/**
 * One statement, so one round trip and one commit. The lock on the conversation's row orders the
 * numbers as the commits, and shows a block that came first; the lock on the sender's own row makes a
 * send that races with a removal come before it or fail. Undefined if nothing was stored.
 */
async function insertMessage (db: Database, senderId: string, conversationId: string, { text, imageUrl, clientMessageId }: NewMessage): Promise<MessageRow | undefined> {
  try {
    const { rows: [row] } = await db.execute<MessageRow & Record<string, unknown>>(sql`
      WITH sender AS (
        SELECT p.conversation_id, p.user_id FROM participants p
        WHERE p.conversation_id = ${conversationId} AND p.user_id = ${senderId}
        FOR KEY SHARE OF p
      ), conversation AS (
        UPDATE conversations c SET last_seq = c.last_seq + 1, version = c.version + 1, updated_at = clock_timestamp()
        FROM sender WHERE c.id = sender.conversation_id AND c.blockers = 0
        RETURNING c.id, c.last_seq, c.version, c.updated_at, sender.user_id
      )
      INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, image_url, client_message_id, created_at)
      SELECT ${uuidv7()}::uuid, c.id, c.user_id, c.last_seq, c.version, ${text ?? null}, ${imageUrl ?? null}, ${clientMessageId ?? null}::uuid, c.updated_at
      FROM conversation c
      RETURNING id, conversation_id AS "conversationId", sender_id AS "senderId", seq, version, text, image_url AS "imageUrl",
        client_message_id AS "clientMessageId", created_at AS "createdAt", deleted_at AS "deletedAt", deleted_for AS "deletedFor"`)
    return row
  } catch (error) {
    const constraint = violatedConstraint(error)
    if (constraint === 'messages_client_message_id_unique') return undefined
    if (constraint === 'messages_image_url_fkey') throw new ValidationFailed('imageUrl must be one that POST /upload/image returned.')
    throw error
  }
}

async function findRepeated (db: Database, senderId: string, conversationId: string, draft: NewMessage): Promise<Message> {
  const member = await requireMember(db, senderId, conversationId)
  const first = draft.clientMessageId && await findByClientMessageId(db, member, draft.clientMessageId)
  if (!first) throw new Blocked()
  if (first.text !== (draft.text ?? null) || first.imageUrl !== (draft.imageUrl ?? null)) throw new ClientMessageIdReused()
  return toMessage(first, member.reading, first.hiddenAt)
}

async function findByClientMessageId (db: Database, member: Member, clientMessageId: string) {
  const [row] = await db.select({ ...getTableColumns(messages), hiddenAt: hiddenMessages.hiddenAt })
    .from(messages)
    .leftJoin(hiddenMessages, hiddenFrom(member.reading.viewerId))
    .where(and(
      eq(messages.conversationId, member.conversationId),
      eq(messages.senderId, member.reading.viewerId),
      eq(messages.clientMessageId, clientMessageId)
    ))
  return row
}
