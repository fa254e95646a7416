import { and, asc, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../errors.ts'
import { cutPage } from '../../lib/rows.ts'
import type { Member } from '../conversations/public.ts'
import { participants } from '../conversations/tables.ts'
import { users } from '../users/tables.ts'
import { toMessage, type Reading } from './rows.ts'
import type { Message } from './schemas.ts'
import { hiddenMessages, messages } from './tables.ts'

export interface MessagePage { messages: Message[], nextCursor: string | null, hasMore: boolean }

export const hiddenFrom = (viewerId: string) => and(eq(hiddenMessages.messageId, messages.id), eq(hiddenMessages.userId, viewerId))

/** A message of one of the viewer's conversations. Throws NOT_FOUND. */
export async function requireMessage (db: Database, viewerId: string, messageId: string) {
  const [row] = await db
    .select({ conversationId: messages.conversationId, seq: messages.seq, senderId: messages.senderId })
    .from(messages)
    .innerJoin(participants, and(eq(participants.conversationId, messages.conversationId), eq(participants.userId, viewerId)))
    .where(eq(messages.id, messageId))
  if (!row) throw new NotFound('message')
  return row
}

/** What a person scrolls through: newest first, without deleted messages. Throws VALIDATION_FAILED for a foreign cursor. */
export async function listHistory (db: Database, conversationId: string, reading: Reading, limit: number, cursor?: string): Promise<MessagePage> {
  const before = cursor === undefined ? undefined : await seqOfCursor(db, conversationId, cursor)
  const rows = await db.select({ message: messages })
    .from(messages)
    .leftJoin(hiddenMessages, hiddenFrom(reading.viewerId))
    .where(and(
      eq(messages.conversationId, conversationId),
      before === undefined ? undefined : lt(messages.seq, before),
      isNull(messages.deletedAt),
      isNull(hiddenMessages.messageId)
    ))
    .orderBy(desc(messages.seq))
    .limit(limit + 1)
  const page = cutPage(rows, limit)
  const list = page.rows.map(row => toMessage(row.message, reading))
  return { messages: list, nextCursor: page.hasMore ? list.at(-1)!.id : null, hasMore: page.hasMore }
}

async function seqOfCursor (db: Database, conversationId: string, messageId: string): Promise<number> {
  const [row] = await db.select({ seq: messages.seq }).from(messages)
    .where(and(eq(messages.id, messageId), eq(messages.conversationId, conversationId)))
  if (!row) throw new ValidationFailed('The cursor is not a message of this conversation.')
  return row.seq
}

export interface SeqRange { afterSeq?: number, beforeSeq?: number, limit: number }

/** What fills a gap: every number in the range in ascending order, deleted messages without their content. */
export async function listRange (db: Database, { conversationId, reading }: Member, { afterSeq, beforeSeq, limit }: SeqRange) {
  const forward = afterSeq !== undefined
  const rows = await db.select({ message: messages, hiddenAt: hiddenMessages.hiddenAt })
    .from(messages)
    .leftJoin(hiddenMessages, hiddenFrom(reading.viewerId))
    .where(and(
      eq(messages.conversationId, conversationId),
      forward ? gt(messages.seq, afterSeq) : undefined,
      beforeSeq === undefined ? undefined : lt(messages.seq, beforeSeq)
    ))
    .orderBy(forward ? asc(messages.seq) : desc(messages.seq))
    .limit(limit + 1)
  const page = cutPage(rows, limit)
  const list = page.rows.map(row => toMessage(row.message, reading, row.hiddenAt))
  return { messages: forward ? list : list.reverse(), hasMore: page.hasMore }
}

export interface Deletion { conversationId: string, version: number, messageId: string, seq: number }

/** Takes a message back. Undefined if it was already. Throws NOT_FOUND, and FORBIDDEN to others than its sender. */
export async function deleteForEveryone (db: Database, userId: string, messageId: string): Promise<Deletion | undefined> {
  const { senderId } = await requireMessage(db, userId, messageId)
  if (senderId !== userId) throw new Forbidden('Only its sender can delete a message for everyone.')
  // Locked before it is counted: of two deletions that meet, the second finds nothing to do and is no new version.
  const { rows: [deletion] } = await db.execute<Deletion & Record<string, unknown>>(sql`
    WITH target AS (
      SELECT id, conversation_id FROM messages WHERE id = ${messageId} AND deleted_at IS NULL FOR NO KEY UPDATE
    ), bumped AS (
      UPDATE conversations c SET version = c.version + 1 FROM target WHERE c.id = target.conversation_id RETURNING c.version
    )
    UPDATE messages m SET deleted_at = now(), deleted_for = 'everyone', version = bumped.version
    FROM bumped WHERE m.id = ${messageId}
    RETURNING m.conversation_id AS "conversationId", m.version, m.id AS "messageId", m.seq`)
  return deletion
}

export interface Hidden { conversationId: string, version: number, ownVersion: number }

/** Hides a message from one member. Undefined if it was hidden already. Throws NOT_FOUND. */
export async function deleteForSelf (db: Database, userId: string, messageId: string): Promise<Hidden | undefined> {
  await requireMessage(db, userId, messageId)
  return db.transaction(async db => {
    const [counter] = await db.update(users).set({ ownVersion: sql`${users.ownVersion} + 1` })
      .where(eq(users.id, userId)).returning({ ownVersion: users.ownVersion })
    const { rows: [hidden] } = await db.execute<Hidden & Record<string, unknown>>(sql`
      WITH hidden AS (
        INSERT INTO hidden_messages (user_id, message_id, conversation_id, own_version)
        SELECT ${userId}, id, conversation_id, ${counter!.ownVersion} FROM messages WHERE id = ${messageId}
        ON CONFLICT DO NOTHING RETURNING conversation_id, own_version
      )
      UPDATE participants p SET own_version = hidden.own_version
      FROM hidden JOIN conversations c ON c.id = hidden.conversation_id
      WHERE p.user_id = ${userId} AND p.conversation_id = hidden.conversation_id
      RETURNING c.id AS "conversationId", c.version, p.own_version AS "ownVersion"`)
    return hidden
  })
}
