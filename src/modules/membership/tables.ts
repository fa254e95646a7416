import { sql, type SQLWrapper } from 'drizzle-orm'
import {
  bigint, boolean, check, index, integer, pgEnum, pgTable, text, unique, uuid, varchar,
} from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'
import { users } from '../users/tables.ts'

export const conversationType = pgEnum('conversation_type', ['direct', 'group'])

/** What searches for groups look at. */
export const searchedName = (t: Record<'foldedName' | 'name', SQLWrapper>) =>
  sql`coalesce(${t.foldedName}, lower(${t.name}))`

export const conversations = pgTable('conversations', {
  id: uuid().primaryKey(),
  type: conversationType().notNull(),
  // 100 and 10 characters as people count them; some are several code points.
  name: varchar({ length: 400 }),
  // As that of `users`.
  foldedName: text(),
  icon: varchar({ length: 40 }),
  iconBg: varchar({ length: 100 }),
  about: text(),
  // The number of the last message; its row lock is what makes numbers gapless and equal to commit order.
  lastSeq: bigint({ mode: 'number' }).notNull().default(0),
  // Nothing up to this number is there any more, for anybody.
  historyFromSeq: bigint({ mode: 'number' }).notNull().default(0),
  // Grows with every change that a member can see.
  version: bigint({ mode: 'number' }).notNull().default(1),
  // Both user ids in order, so that two people have one direct conversation.
  directKey: text(),
  // Kept by the very statements that insert and delete participants, under this row's lock.
  memberCount: integer().notNull().default(0),
  // How many sides of a direct conversation block the other. Here too, beside `blocks`, because a send that
  // waits for this row must see it.
  blockers: integer().notNull().default(0),
  createdAt: time().notNull().default(sql`now()`),
  updatedAt: time().notNull().default(sql`now()`),
}, t => [
  unique('conversations_direct_key_unique').on(t.directKey),
  check(
    'conversations_direct_or_group',
    sql`(${t.type} = 'direct') = (${t.directKey} IS NOT NULL) AND (${t.type} = 'group') = (${t.name} IS NOT NULL)`
  ),
  check('conversations_blockers', sql`${t.blockers} BETWEEN 0 AND CASE ${t.type} WHEN 'direct' THEN 2 ELSE 0 END`),
  check('conversations_member_limit', sql`${t.memberCount} <= 100000`),
  index('conversations_blocked').on(t.directKey).where(sql`${t.blockers} > 0`),
  index('groups_by_name').on(sql`lower(${t.name})`, t.id).where(sql`${t.type} = 'group'`),
  index('groups_searched_trigrams').using('gin', sql`(${searchedName(t)}) gin_trgm_ops`)
    .where(sql`${t.type} = 'group'`),
  index('groups_not_folded').on(t.id).where(sql`${t.foldedName} IS NULL AND ${t.name} IS NOT NULL`),
  // For the release before alone; the next one drops it.
  index('groups_name_trigrams').using('gin', t.name.op('gin_trgm_ops')).where(sql`${t.type} = 'group'`),
])

export const participants = pgTable('participants', {
  id: uuid().primaryKey(),
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  conversationId: uuid().notNull().references(() => conversations.id, { onDelete: 'cascade' }),
  isMuted: boolean().notNull().default(false),
  // For the release before alone, in step with blocks by triggers; the next one drops it.
  isBlocked: boolean().notNull().default(false),
  // The conversation's last_seq at joining: nothing up to it counts as unread.
  joinedSeq: bigint({ mode: 'number' }).notNull().default(0),
  // Nothing up to this number is there for this person.
  visibleFromSeq: bigint({ mode: 'number' }).notNull().default(0),
  lastReadSeq: bigint({ mode: 'number' }).notNull().default(0),
  lastDeliveredSeq: bigint({ mode: 'number' }).notNull().default(0),
  // What others may see of the two: as much, while receipts are shared. A trigger moves all three with last_read_seq.
  shownReadSeq: bigint({ mode: 'number' }).notNull().default(0),
  shownDeliveredSeq: bigint({ mode: 'number' }).notNull().default(0),
  // The conversation's version when last_read_seq last moved; direct conversations only.
  readVersion: bigint({ mode: 'number' }).notNull().default(0),
  // The person's own_version when their own side of this conversation last changed.
  ownVersion: bigint({ mode: 'number' }).notNull().default(0),
  joinedAt: time().notNull().default(sql`now()`),
  lastReadAt: time(),
}, t => [
  unique('participants_user_conversation_unique').on(t.userId, t.conversationId),
  check('participants_watermarks', sql`
    ${t.lastReadSeq} <= ${t.lastDeliveredSeq} AND ${t.shownReadSeq} <= ${t.shownDeliveredSeq}
    AND ${t.shownReadSeq} <= ${t.lastReadSeq} AND ${t.shownDeliveredSeq} <= ${t.lastDeliveredSeq}`),
  index('participants_by_conversation').on(t.conversationId, t.userId),
])
