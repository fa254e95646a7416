import { sql } from 'drizzle-orm'
import {
  bigint, check, foreignKey, index, jsonb, pgEnum, pgTable, primaryKey, text, unique, uniqueIndex, uuid,
} from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'
import { images } from '../../plugins/images/tables.ts'
import { conversations } from '../membership/tables.ts'
import { users } from '../users/tables.ts'
import type { ReactionSummary } from './schemas.ts'

export const deletedFor = pgEnum('deleted_for', ['self', 'everyone'])

export const messages = pgTable('messages', {
  id: uuid().primaryKey(),
  conversationId: uuid().notNull().references(() => conversations.id, { onDelete: 'cascade' }),
  // A person is never deleted, only emptied: without their messages, numbers would have gaps.
  senderId: uuid().notNull().references(() => users.id, { onDelete: 'restrict' }),
  seq: bigint({ mode: 'number' }).notNull(),
  // The conversation's version when this message last changed.
  version: bigint({ mode: 'number' }).notNull(),
  // `message`, what somebody wrote; other kinds have their `content`.
  kind: text().notNull().default('message'),
  text: text(),
  content: jsonb(),
  imageUrl: text(),
  clientMessageId: uuid(),
  // What is shown of them, counted anew with each change; null without any.
  reactions: jsonb().$type<ReactionSummary[]>(),
  createdAt: time().notNull().default(sql`now()`),
  deletedAt: time(),
  deletedFor: deletedFor(),
}, t => [
  uniqueIndex('messages_conversation_seq_unique').on(t.conversationId, t.seq),
  uniqueIndex('messages_conversation_version_unique').on(t.conversationId, t.version),
  unique('messages_client_message_id_unique').on(t.conversationId, t.senderId, t.clientMessageId),
  foreignKey({ name: 'messages_image_url_fkey', columns: [t.imageUrl], foreignColumns: [images.url] }),
  check('messages_not_empty', sql`${t.deletedAt} IS NOT NULL OR ${t.text} IS NOT NULL OR ${t.imageUrl} IS NOT NULL
    OR (${t.kind} <> 'message' AND ${t.content} IS NOT NULL)`),
  check('messages_deleted_for_everyone', sql.join([
    sql`(${t.deletedAt} IS NULL AND ${t.deletedFor} IS NULL)`,
    sql`(${t.deletedAt} IS NOT NULL AND ${t.deletedFor} = 'everyone')`,
  ], sql` OR `)),
])

/** One person's reaction. `emoji` is what is counted, `shown` has their skin tone. */
export const messageReactions = pgTable('message_reactions', {
  messageId: uuid().notNull().references(() => messages.id, { onDelete: 'cascade' }),
  userId: uuid().notNull().references(() => users.id, { onDelete: 'restrict' }),
  emoji: text().notNull(),
  shown: text().notNull(),
  createdAt: time().notNull().default(sql`now()`),
}, t => [
  primaryKey({ name: 'message_reactions_pkey', columns: [t.messageId, t.userId, t.emoji] }),
])

/** "Delete for me": others still see the message. */
export const hiddenMessages = pgTable('hidden_messages', {
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  messageId: uuid().notNull().references(() => messages.id, { onDelete: 'cascade' }),
  conversationId: uuid().notNull(),
  // The person's own_version when they hid it.
  ownVersion: bigint({ mode: 'number' }).notNull(),
  hiddenAt: time().notNull().default(sql`now()`),
}, t => [
  primaryKey({ name: 'hidden_messages_pkey', columns: [t.userId, t.messageId] }),
  index('hidden_messages_by_own_version').on(t.userId, t.ownVersion),
])
