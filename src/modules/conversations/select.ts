import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound } from '../../errors.ts'
import { columnsOf } from '../../lib/columns.ts'
import { newestMessage, readSeen, unreadCount, visibleColumns } from '../messages/public.ts'
import { isBlocking, publicKeys, type PublicUserRow } from '../users/rows.ts'
import { conversationKeys, ownKeys, toConversation, type ConversationRow } from './rows.ts'
import type { Conversation } from './schemas.ts'

interface Selection {
  /**
   * Which of the viewer's conversations, in terms of `activeAt`, of `own`, their participant, and of `c` (id,
   * updated_at, version).
   */
  where?: SQL | undefined
  limit?: number
}

/** When something last happened in a conversation, for one of its members: that they joined is something. */
export const activeAt = sql`greatest(c.updated_at, own.joined_at)`

const conversation = columnsOf<ConversationRow['conversation']>('c', conversationKeys)
const own = columnsOf<ConversationRow['own']>('own', ownKeys)
const otherUser = columnsOf<PublicUserRow>('u', publicKeys)

type SelectedRow = Record<string, unknown> &
  Pick<ConversationRow, 'activeAt' | 'otherReadSeq' | 'unreadCount' | 'isBlocked'>

function toRow (row: SelectedRow): ConversationRow {
  return {
    conversation: conversation.read(row),
    own: own.read(row),
    activeAt: row.activeAt,
    otherReadSeq: row.otherReadSeq,
    otherUser: row['u.id'] === null ? null : otherUser.read(row),
    lastMessage: row['m.id'] === null ? null : readSeen(row),
    unreadCount: row.unreadCount,
    isBlocked: row.isBlocked,
  }
}

/**
 * The viewer's conversations, newest activity first, each with its last message, other side and
 * unread count. The page comes first, so that those are looked up for its rows alone. Each lateral
 * LIMIT keeps the planner from a join that reads all conversations there are, or all members of a group.
 */
export async function selectConversations (db: Database, viewerId: string, {
  where = sql`true`, limit = 1,
}: Selection): Promise<ConversationRow[]> {
  const { rows } = await db.execute<SelectedRow>(sql`
    WITH page AS (
      SELECT c.id FROM participants own
      CROSS JOIN LATERAL (SELECT id, updated_at, version FROM conversations WHERE id = own.conversation_id LIMIT 1) c
      WHERE own.user_id = ${viewerId} AND ${where}
      ORDER BY ${activeAt} DESC, c.id DESC LIMIT ${limit}
    )
    SELECT ${conversation.sql}, ${own.sql}, ${activeAt} AS "activeAt", other.last_read_seq AS "otherReadSeq",
      ${otherUser.sql}, ${visibleColumns(sql`own.user_id`)}, (${unreadCount}) AS "unreadCount",
      c.blockers > 0 AND ${isBlocking(sql`own.user_id`, sql`u.id`)} AS "isBlocked"
    FROM page
    JOIN conversations c ON c.id = page.id
    JOIN participants own ON own.conversation_id = c.id AND own.user_id = ${viewerId}
    LEFT JOIN LATERAL (
      SELECT o.user_id, o.last_read_seq FROM participants o
      WHERE c.type = 'direct' AND o.conversation_id = c.id AND o.user_id <> own.user_id LIMIT 1
    ) other ON true
    LEFT JOIN users u ON u.id = other.user_id
    LEFT JOIN LATERAL (${newestMessage}) m ON true
    ORDER BY ${activeAt} DESC, c.id DESC`)
  return rows.map(toRow)
}

/** One conversation as the viewer sees it. Throws NOT_FOUND if they are no member of it. */
export async function requireConversationRow (db: Database, viewerId: string, id: string): Promise<ConversationRow> {
  const [row] = await selectConversations(db, viewerId, { where: sql`own.conversation_id = ${id}` })
  if (!row) throw new NotFound('conversation')
  return row
}

/** The same as clients see it. */
export async function requireConversation (db: Database, viewerId: string, id: string): Promise<Conversation> {
  return toConversation(await requireConversationRow(db, viewerId, id))
}
