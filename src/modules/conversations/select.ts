import { aliasedTable, and, desc, eq, isNull, ne, sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound } from '../../errors.ts'
import { hiddenMessages, messages } from '../messages/tables.ts'
import { publicColumns } from '../users/rows.ts'
import { users } from '../users/tables.ts'
import { toConversation, type ConversationRow } from './rows.ts'
import type { Conversation } from './schemas.ts'
import { conversations, participants } from './tables.ts'

/** The viewer's side of a conversation. */
export const own = aliasedTable(participants, 'own')
const otherUser = aliasedTable(users, 'other_user')

/** All that a badge can show is 999+. */
const unreadLimit = 1000

interface Selection {
  /** Which of the viewer's conversations, in terms of `own` and of `conversations` (id, updatedAt, version). */
  where?: SQL | undefined
  limit?: number
}

const isHidden = (viewerId: string) => sql`EXISTS (
  SELECT FROM ${hiddenMessages} WHERE ${hiddenMessages.userId} = ${viewerId} AND ${hiddenMessages.messageId} = ${messages.id})`

/** The viewer's conversations, newest activity first, each with its last message, other side and unread count. */
export async function selectConversations (db: Database, viewerId: string, { where, limit = 1 }: Selection): Promise<ConversationRow[]> {
  // The page first, so that last messages and unread counts are looked up for its rows alone. A
  // lateral LIMIT keeps the planner from joining by a scan of all conversations there are.
  const joined = db.select({ id: conversations.id, updatedAt: conversations.updatedAt, version: conversations.version })
    .from(conversations).where(eq(conversations.id, own.conversationId)).limit(1).as('conversations')
  const page = db.$with('page').as(db
    .select({ id: joined.id })
    .from(own)
    .innerJoinLateral(joined, sql`true`)
    .where(and(eq(own.userId, viewerId), where))
    .orderBy(desc(joined.updatedAt), desc(joined.id))
    .limit(limit))

  // Lateral as well, or the members of every group would be read only to find that it has no other side.
  const other = db.select({ userId: participants.userId, lastReadSeq: participants.lastReadSeq })
    .from(participants)
    .where(and(eq(conversations.type, 'direct'), eq(participants.conversationId, conversations.id), ne(participants.userId, viewerId)))
    .limit(1).as('other')

  const lastMessage = db.select().from(messages)
    .where(and(eq(messages.conversationId, conversations.id), isNull(messages.deletedAt), sql`NOT ${isHidden(viewerId)}`))
    .orderBy(desc(messages.seq)).limit(1)
    .as('last_message')

  const unread = db.select({ one: sql`1`.as('one') }).from(messages)
    .where(and(
      eq(messages.conversationId, conversations.id), sql`${messages.seq} > ${own.lastReadSeq}`,
      ne(messages.senderId, viewerId), isNull(messages.deletedAt), sql`NOT ${isHidden(viewerId)}`
    ))
    .limit(unreadLimit)
    .as('unread')

  return await db.with(page)
    .select({
      conversation: conversations,
      own,
      other: { lastReadSeq: other.lastReadSeq },
      otherUser: publicColumns(otherUser as unknown as typeof users),
      lastMessage: lastMessage._.selectedFields,
      unreadCount: sql<number>`(SELECT count(*)::int FROM ${unread})`,
    })
    .from(page)
    .innerJoin(conversations, eq(conversations.id, page.id))
    .innerJoin(own, and(eq(own.conversationId, conversations.id), eq(own.userId, viewerId)))
    .leftJoinLateral(other, sql`true`)
    .leftJoin(otherUser, eq(otherUser.id, other.userId))
    .leftJoinLateral(lastMessage, sql`true`)
    .orderBy(desc(conversations.updatedAt), desc(conversations.id)) as ConversationRow[]
}

/** One conversation as the viewer sees it. Throws NOT_FOUND if they are no member of it. */
export async function requireConversationRow (db: Database, viewerId: string, id: string): Promise<ConversationRow> {
  const [row] = await selectConversations(db, viewerId, { where: eq(own.conversationId, id) })
  if (!row) throw new NotFound('conversation')
  return row
}

/** The same as clients see it. */
export async function requireConversation (db: Database, viewerId: string, id: string): Promise<Conversation> {
  return toConversation(await requireConversationRow(db, viewerId, id))
}
