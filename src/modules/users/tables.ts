import { sql, type SQLWrapper } from 'drizzle-orm'
import {
  bigint, boolean, check, index, pgTable, primaryKey, text, unique, uuid, varchar,
} from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'

/** What searches for people look at. The `@` is for those of usernames alone. */
export const searchedText = (t: Record<'foldedName' | 'name' | 'username', SQLWrapper>) =>
  sql`(coalesce(${t.foldedName}, lower(${t.name})) || ' @' || ${t.username})`

export const users = pgTable('users', {
  id: uuid().primaryKey(),
  // For the release before alone, in step with identities by triggers; the next one drops it.
  googleSub: text(),
  email: varchar({ length: 255 }),
  // 100 characters as people count them; some are several code points.
  name: varchar({ length: 400 }).notNull(),
  // As searches compare it (`fold` in lib/fold.ts). Null: written by the release before, and folded in a moment. A
  // trigger empties it when the name alone is written.
  foldedName: text(),
  // Two characters as people count them.
  initials: varchar({ length: 60 }).notNull(),
  avatarColor: varchar({ length: 20 }).notNull(),
  avatarUrl: text(),
  bio: text(),
  phoneNumber: varchar({ length: 20 }),
  username: varchar({ length: 50 }).notNull(),
  isOnline: boolean().notNull().default(false),
  lastActive: time(),
  // Counts the changes that only this person sees: what they read in a group, muted or hid.
  ownVersion: bigint({ mode: 'number' }).notNull().default(0),
  // Their own_version when their profile last changed.
  profileVersion: bigint({ mode: 'number' }).notNull().default(0),
  createdAt: time().notNull().default(sql`now()`),
  updatedAt: time().notNull().default(sql`now()`),
}, t => [
  unique('users_google_sub_unique').on(t.googleSub),
  unique('users_username_unique').on(t.username),
  index('users_by_name').on(sql`lower(${t.name})`, t.id),
  index('users_online').on(t.isOnline).where(sql`${t.isOnline}`),
  index('users_searched_trigrams').using('gin', sql`${searchedText(t)} gin_trgm_ops`),
  index('users_not_folded').on(t.id).where(sql`${t.foldedName} IS NULL AND ${t.name} IS NOT NULL`),
  // For the release before alone; the next one drops both.
  index('users_name_trigrams').using('gin', t.name.op('gin_trgm_ops')),
  index('users_username_trigrams').using('gin', t.username.op('gin_trgm_ops')),
])

/** Who has blocked whom, whether or not they have a conversation. */
export const blocks = pgTable('blocks', {
  blockerId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  blockedId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  createdAt: time().notNull().default(sql`now()`),
}, t => [
  primaryKey({ name: 'blocks_pkey', columns: [t.blockerId, t.blockedId] }),
  index('blocks_by_blocked').on(t.blockedId, t.blockerId),
  check('blocks_of_others', sql`${t.blockerId} <> ${t.blockedId}`),
])
