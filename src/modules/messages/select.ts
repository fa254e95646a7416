import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound, ValidationFailed } from '../../errors.ts'
import { columnsOf } from '../../lib/columns.ts'
import { cutPage } from '../../lib/rows.ts'
import { floorOf, otherReadSeq, type Viewer } from '../membership/public.ts'
import { messageKeys, toMessage, type MessageRow, type SeenMessageRow } from './rows.ts'
import type { Message } from './schemas.ts'

/** All that is the same for everybody of a message, as `m` in a statement. */
export const message = columnsOf<MessageRow>('m', messageKeys)

/** All that one person sees of a message that is `visibleTo` them, as `m` in a statement; `readSeen` reads it. */
export const visibleColumns = (viewerId: SQLWrapper | string) => sql`${message.sql},
  CASE WHEN m.reactions IS NOT NULL THEN (
    SELECT json_agg(r.shown ORDER BY r.created_at, r.emoji) FROM message_reactions r
    WHERE r.message_id = m.id AND r.user_id = ${viewerId}
  ) END AS "myReactions"`

/** The same of any message in their history. */
export const seenColumns = (viewerId: SQLWrapper | string) => sql`${visibleColumns(viewerId)}, (
    SELECT h.hidden_at FROM hidden_messages h WHERE h.user_id = ${viewerId} AND h.message_id = m.id
  ) AS "hiddenAt"`

/**
 * Whether the viewer is shown `m`: it is in their history, and nobody has deleted it, for everyone or for themselves.
 */
export const visibleTo = (viewerId: SQLWrapper | string, floor: SQLWrapper | number) => sql`
  m.seq > ${floor} AND m.deleted_at IS NULL
  AND NOT EXISTS (SELECT FROM hidden_messages h WHERE h.user_id = ${viewerId} AND h.message_id = m.id)`

const own = sql`own`

/** The newest message shown to the participant `own` of the conversation `c`. */
export const newestMessage = sql`
  SELECT * FROM messages m WHERE m.conversation_id = c.id AND ${visibleTo(sql`own.user_id`, floorOf(own))}
  ORDER BY m.seq DESC LIMIT 1`

/** All that a badge can show is 999+. */
const unreadLimit = 1000

/** How many messages of others the participant `own` of the conversation `c` has not read, counted up to 1000. */
export const unreadCount = sql`
  SELECT count(*)::int FROM (
    SELECT FROM messages m
    WHERE m.conversation_id = c.id AND m.seq > own.last_read_seq AND m.sender_id <> own.user_id
      AND ${visibleTo(sql`own.user_id`, floorOf(own))}
    LIMIT ${unreadLimit}
  ) unread`

export function readSeen (row: Record<string, unknown>): SeenMessageRow {
  const { hiddenAt = null, myReactions } = row as Pick<SeenMessageRow, 'hiddenAt' | 'myReactions'>
  return { ...message.read(row), hiddenAt, myReactions }
}

function readViewer (id: string, { readSeq, otherReadSeq, floor }: Omit<Viewer, 'id'>): Viewer {
  return { id, readSeq, otherReadSeq, floor }
}

export type FoundMessage = SeenMessageRow & { viewer: Viewer }

const participant = sql`p`

/** The one message of the viewer's conversations that fits and is in their history, deleted or not. */
export async function findMessage (db: Database, viewerId: string, where: SQL): Promise<FoundMessage | undefined> {
  const { rows: [row] } = await db.execute<Omit<Viewer, 'id'> & Record<string, unknown>>(sql`
    SELECT ${seenColumns(viewerId)}, p.last_read_seq AS "readSeq", ${otherReadSeq} AS "otherReadSeq",
      ${floorOf(participant)} AS floor
    FROM messages m
    JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = ${viewerId}
    JOIN conversations c ON c.id = m.conversation_id
    WHERE ${where} AND m.seq > ${floorOf(participant)}`)
  return row && { ...readSeen(row), viewer: readViewer(viewerId, row) }
}

/** A message of one of the viewer's conversations, deleted or not. Throws NOT_FOUND. */
export async function requireMessage (db: Database, viewerId: string, messageId: string): Promise<FoundMessage> {
  const found = await findMessage(db, viewerId, sql`m.id = ${messageId}`)
  if (!found) throw new NotFound('message')
  return found
}

export interface MessagePage { messages: Message[], nextCursor: string | null, hasMore: boolean }

/**
 * What a person scrolls through: newest first, without deleted messages. Throws VALIDATION_FAILED for a foreign
 * cursor.
 */
export async function listHistory (
  db: Database, conversationId: string, viewer: Viewer, limit: number, cursor?: string
): Promise<MessagePage> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : await seqOfCursor(db, conversationId, viewer, cursor)
  const { rows } = await db.execute(sql`
    SELECT ${visibleColumns(viewer.id)} FROM messages m
    WHERE m.conversation_id = ${conversationId} AND m.seq < ${before} AND ${visibleTo(viewer.id, viewer.floor)}
    ORDER BY m.seq DESC LIMIT ${limit + 1}`)
  const page = cutPage(rows, limit)
  const list = page.rows.map(row => toMessage(readSeen(row), viewer))
  return { messages: list, nextCursor: page.hasMore ? list.at(-1)!.id : null, hasMore: page.hasMore }
}

async function seqOfCursor (
  db: Database, conversationId: string, { floor }: Viewer, messageId: string
): Promise<number> {
  const { rows: [row] } = await db.execute<{ seq: number }>(sql`
    SELECT seq FROM messages WHERE id = ${messageId} AND conversation_id = ${conversationId} AND seq > ${floor}`)
  if (!row) throw new ValidationFailed('The cursor is not a message of this conversation.')
  return row.seq
}

export interface SeqRange { afterSeq?: number, beforeSeq?: number, limit: number }

/**
 * What fills a gap: every number in the range in ascending order, deleted messages without their content; without
 * `afterSeq` the newest ones. Throws NOT_FOUND if the viewer is no member.
 */
export async function listRange (
  db: Database, viewerId: string, conversationId: string,
  { afterSeq, beforeSeq = Number.MAX_SAFE_INTEGER, limit }: SeqRange
): Promise<{ messages: Message[], hasMore: boolean }> {
  // Membership and messages in one statement. Of an empty range there is one row, for the membership alone.
  const { rows } = await db.execute<Omit<Viewer, 'id'> & Record<string, unknown>>(sql`
    SELECT p.last_read_seq AS "readSeq", ${otherReadSeq} AS "otherReadSeq", ${floorOf(participant)} AS floor,
      ${seenColumns(viewerId)}
    FROM participants p JOIN conversations c ON c.id = p.conversation_id
    LEFT JOIN LATERAL (
      SELECT * FROM messages
      WHERE conversation_id = p.conversation_id AND seq > greatest(${afterSeq ?? 0}, ${floorOf(participant)})
        AND seq < ${beforeSeq}
      ORDER BY seq ${afterSeq === undefined ? sql`DESC` : sql`ASC`} LIMIT ${limit + 1}
    ) m ON true
    WHERE p.user_id = ${viewerId} AND p.conversation_id = ${conversationId}
    ORDER BY m.seq`)
  const [first] = rows
  if (!first) throw new NotFound('conversation')
  const viewer = readViewer(viewerId, first)
  const found = rows.filter(row => row['m.id'] !== null)
  const hasMore = found.length > limit
  // The one too many is the farthest from where the range begins.
  const page = afterSeq === undefined ? found.slice(-limit) : found.slice(0, limit)
  return { messages: page.map(row => toMessage(readSeen(row), viewer)), hasMore }
}
