import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import type { DomainEventBus } from '../../events.ts'
import { nextVersion } from '../membership/public.ts'
import type { MessageRow } from './rows.ts'
import { message } from './select.ts'

/** What it takes to change something and announce it. */
export interface ChangeParts { db: Database, events: DomainEventBus }

/**
 * Changes a message for all who see it: its columns, its version and its conversation's, in one statement. The
 * message is locked before `where` is judged, so of two such changes that meet, the second sees what the first did.
 * Undefined, and no new version, where `where` does not hold.
 */
export async function changeMessage (
  db: Database, messageId: string, set: SQL[], where: SQL
): Promise<MessageRow | undefined> {
  const { rows: [row] } = await db.execute(sql`
    WITH target AS (
      SELECT m.id, m.conversation_id FROM messages m WHERE m.id = ${messageId} AND ${where} FOR NO KEY UPDATE
    ), conversation AS (${nextVersion(sql`target`)})
    UPDATE messages m SET ${sql.join([sql`version = conversation.version`, ...set], sql`, `)}
    FROM conversation WHERE m.id = ${messageId}
    RETURNING ${message.sql}`)
  return row && message.read(row)
}
