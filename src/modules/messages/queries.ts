import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../errors.ts'
import { columnsOf } from '../../lib/columns.ts'
import { cutPage } from '../../lib/rows.ts'
import { participants } from '../conversations/tables.ts'
import { users } from '../users/tables.ts'
import { toMessage, type Reading } from './rows.ts'
import type { Message } from './schemas.ts'
import { messages } from './tables.ts'

const message = columnsOf(messages, 'm')

export interface MessagePage { messages: Message[], nextCursor: string | null, hasMore: boolean }

/** A message of one of the viewer's conversations. Throws NOT_FOUND. */
export async function requireMessage (db: Database, viewerId: string, messageId: string) {
  const [row] = await db
    .select({ conversationId: messages.conversationId, seq: messages.seq, senderId: messages.senderId })
    .from(messages)
    .innerJoin(
      participants, and(eq(participants.conversationId, messages.conversationId), eq(participants.userId, viewerId))
    )
    .where(eq(messages.id, messageId))
  if (!row) throw new NotFound('message')
  return row
}

/**
 * What a person scrolls through: newest first, without deleted messages. Throws VALIDATION_FAILED for a
 * foreign cursor.
 */
export async function listHistory (
  db: Database, conversationId: string, reading: Reading, limit: number, cursor?: string
): Promise<MessagePage> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : await seqOfCursor(db, conversationId, cursor)
  const { rows } = await db.execute(sql`
    SELECT ${message.sql} FROM messages m
    WHERE m.conversation_id = ${conversationId} AND m.seq < ${before} AND m.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM hidden_messages h WHERE h.user_id = ${reading.viewerId} AND h.message_id = m.id)
    ORDER BY m.seq DESC LIMIT ${limit + 1}`)
  const page = cutPage(rows, limit)
  const list = page.rows.map(row => toMessage(message.read(row), reading))
  return { messages: list, nextCursor: page.hasMore ? list.at(-1)!.id : null, hasMore: page.hasMore }
}

async function seqOfCursor (db: Database, conversationId: string, messageId: string): Promise<number> {
  const [row] = await db.select({ seq: messages.seq }).from(messages)
    .where(and(eq(messages.id, messageId), eq(messages.conversationId, conversationId)))
  if (!row) throw new ValidationFailed('The cursor is not a message of this conversation.')
  return row.seq
}

export interface SeqRange { afterSeq?: number, beforeSeq?: number, limit: number }

type RangeRow = Record<string, unknown> & Omit<Reading, 'viewerId'> & { hiddenAt: string | null }

/**
 * What fills a gap: every number in the range in ascending order, deleted messages without their
 * content; without `afterSeq` the newest ones. Throws NOT_FOUND if the viewer is no member.
 */
export async function listRange (db: Database, viewerId: string, conversationId: string, {
  afterSeq, beforeSeq = Number.MAX_SAFE_INTEGER, limit,
}: SeqRange) {
  // Membership and messages in one statement. Of an empty range there is one row, for the membership alone.
  const { rows } = await db.execute<RangeRow>(sql`
    SELECT own.last_read_seq AS "ownReadSeq", (
      SELECT o.last_read_seq FROM participants o WHERE c.type = 'direct' AND o.conversation_id = c.id AND o.user_id <> own.user_id
    ) AS "otherReadSeq", ${message.sql}, h.hidden_at AS "hiddenAt"
    FROM participants own JOIN conversations c ON c.id = own.conversation_id
    LEFT JOIN LATERAL (
      SELECT * FROM messages
      WHERE conversation_id = own.conversation_id AND seq > ${afterSeq ?? 0} AND seq < ${beforeSeq}
      ORDER BY seq ${afterSeq === undefined ? sql`DESC` : sql`ASC`} LIMIT ${limit + 1}
    ) m ON true
    LEFT JOIN hidden_messages h ON h.user_id = own.user_id AND h.message_id = m.id
    WHERE own.user_id = ${viewerId} AND own.conversation_id = ${conversationId}
    ORDER BY m.seq`)
  if (rows.length === 0) throw new NotFound('conversation')
  const found = rows.filter(row => row['m.id'] !== null)
  const hasMore = found.length > limit
  // The one too many is the farthest from where the range begins.
  const page = !hasMore ? found : afterSeq === undefined ? found.slice(1) : found.slice(0, limit)
  return {
    messages: page.map(
      row => toMessage(message.read(row), {
        viewerId, ownReadSeq: row.ownReadSeq, otherReadSeq: row.otherReadSeq,
      }, row.hiddenAt)
    ),
    hasMore,
  }
}

export interface Deletion { conversationId: string, version: number, messageId: string, seq: number }

/** Takes a message back. Undefined if it was already. Throws NOT_FOUND, and FORBIDDEN to others than its sender. */
export async function deleteForEveryone (
  db: Database, userId: string, messageId: string
): Promise<Deletion | undefined> {
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
