import { sql } from 'drizzle-orm'
import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'
import { users } from '../users/tables.ts'

/** A person as an issuer of ID tokens knows them; an e-mail address is only how to reach one. */
export const identities = pgTable('identities', {
  issuer: text().notNull(),
  subject: text().notNull(),
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  createdAt: time().notNull().default(sql`now()`),
}, t => [
  primaryKey({ name: 'identities_pkey', columns: [t.issuer, t.subject] }),
  index('identities_by_user').on(t.userId),
])

/** One sign-in; its id is the token's `jti`. */
export const sessions = pgTable('sessions', {
  id: uuid().primaryKey(),
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  createdAt: time().notNull().default(sql`now()`),
  expiresAt: time().notNull(),
  // To within five minutes.
  lastUsedAt: time().notNull().default(sql`now()`),
  revokedAt: time(),
  userAgent: text(),
}, t => [
  index('sessions_by_user').on(t.userId, t.id),
])
