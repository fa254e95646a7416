import { index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from '../users/tables.ts'

/** One sign-in; its id is the token's `jti`. */
export const sessions = pgTable('sessions', {
  id: uuid().primaryKey(),
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  createdAt: timestamp({ precision: 3, withTimezone: true }).notNull().defaultNow(),
  expiresAt: timestamp({ precision: 3, withTimezone: true }).notNull(),
  revokedAt: timestamp({ precision: 3, withTimezone: true }),
  userAgent: text(),
}, t => [
  index('sessions_by_user').on(t.userId),
])
