import { sql } from 'drizzle-orm'
import { bigint, boolean, index, pgTable, text, unique, uuid, varchar } from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'

export const users = pgTable('users', {
  id: uuid().primaryKey(),
  // Google's `sub`: a person, where an e-mail address is only how to reach one.
  googleSub: text().notNull(),
  email: varchar({ length: 255 }).notNull(),
  // 100 characters as people count them; some are several code points.
  name: varchar({ length: 400 }).notNull(),
  initials: varchar({ length: 2 }).notNull(),
  avatarColor: varchar({ length: 20 }).notNull(),
  avatarUrl: text(),
  bio: text(),
  phoneNumber: varchar({ length: 20 }),
  username: varchar({ length: 50 }).notNull(),
  isOnline: boolean().notNull().default(false),
  lastActive: time(),
  // Counts the changes that only this person sees: what they read in a group, muted or hid.
  ownVersion: bigint({ mode: 'number' }).notNull().default(0),
  createdAt: time().notNull().default(sql`now()`),
  updatedAt: time().notNull().default(sql`now()`),
}, t => [
  unique('users_google_sub_unique').on(t.googleSub),
  unique('users_email_unique').on(t.email),
  unique('users_username_unique').on(t.username),
  index('users_by_name').on(sql`lower(${t.name})`, t.id),
  index('users_online').on(t.isOnline).where(sql`${t.isOnline}`),
  index('users_name_trigrams').using('gin', t.name.op('gin_trgm_ops')),
  index('users_username_trigrams').using('gin', t.username.op('gin_trgm_ops')),
])
