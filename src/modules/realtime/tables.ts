import { sql } from 'drizzle-orm'
import { bigint, boolean, check, customType, index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'
import { users } from '../users/tables.ts'

/** A running server; one that stops renewing its row is gone, and with it who was connected to it. */
export const nodes = pgTable('nodes', {
  id: uuid().primaryKey(),
  renewedAt: time().notNull(),
})

/** Who has a socket on which node. */
export const presence = pgTable('presence', {
  userId: uuid().notNull().references(() => users.id, { onDelete: 'cascade' }),
  nodeId: uuid().notNull().references(() => nodes.id, { onDelete: 'cascade' }),
}, t => [
  primaryKey({ name: 'presence_pkey', columns: [t.userId, t.nodeId] }),
  index('presence_by_node').on(t.nodeId),
])

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })
const pgSnapshot = customType<{ data: string }>({ dataType: () => 'pg_snapshot' })

/**
 * What changed lately, written by triggers: a conversation's version, a person's own version, the
 * membership of one in the other, or that a session was ended. Nodes read it to find out which events they have
 * not heard of, and delete what is old.
 */
export const changes = pgTable('changes', {
  // Of the transaction: with it, who looks again knows what has been committed since, however late.
  xid: xid8().notNull().default(sql`pg_current_xact_id()`),
  conversationId: uuid(),
  userId: uuid(),
  version: bigint({ mode: 'number' }),
  sessionId: uuid(),
}, t => [
  check('changes_of_something', sql.join([
    sql`num_nonnulls(${t.conversationId}, ${t.userId}, ${t.version})`,
    sql`CASE WHEN ${t.sessionId} IS NULL THEN 2 ELSE 0 END`,
  ], sql` = `)),
  index('changes_by_xid').on(t.xid),
])

/** One row: the newest snapshot whose changes were deleted. A node that has not read that far has missed some. */
export const forgottenChanges = pgTable('forgotten_changes', {
  isOnly: boolean().primaryKey().default(true),
  snapshot: pgSnapshot().notNull(),
}, t => [
  check('forgotten_changes_only', sql`${t.isOnly}`),
])
