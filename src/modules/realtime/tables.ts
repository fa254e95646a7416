import { index, pgTable, primaryKey, timestamp, uuid } from 'drizzle-orm/pg-core'
import { users } from '../users/tables.ts'

/** A running server; one that stops renewing its row is gone, and with it who was connected to it. */
export const nodes = pgTable('nodes', {
  id: uuid().primaryKey(),
  renewedAt: timestamp({ precision: 3, withTimezone: true }).notNull(),
})

/** Who has a socket on which node. */
export const presence = pgTable('presence', {
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  nodeId: uuid().notNull().references(() => nodes.id, { onDelete: 'cascade' }),
}, t => [
  primaryKey({ name: 'presence_pkey', columns: [t.userId, t.nodeId] }),
  index('presence_by_node').on(t.nodeId),
])
