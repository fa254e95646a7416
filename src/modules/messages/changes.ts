import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import type { SeenMessageRow } from './rows.ts'
import { readSeen, seenColumns, visibleTo } from './select.ts'

/** A conversation whose changes are asked for: since a version, or its newest page where that is not known. */
export interface AskedChanges {
  id: string
  since: number | undefined
  /** Nothing up to this number is there for the viewer. */
  floor: number
  /** Of what is postponed come the hidden messages alone: `ownVersion` has passed them when the rest is asked for. */
  postponed: boolean
}

/** How many messages of one conversation come at once. One more tells that there are others. */
export const changeLimit = 100
export const newestLimit = 50

/**
 * Of known conversations the messages with a higher version, the first ones in order of version; of unknown ones the
 * newest page. Beside them what changed without a new version: messages that the viewer hid since `ownSince`, and the
 * newest message that either side of a direct conversation has read since (all before it are then read as well).
 */
export async function listChangedMessages (
  db: Database, viewerId: string, asked: AskedChanges[], ownSince: number
): Promise<Map<string, SeenMessageRow[]>> {
  if (asked.length === 0) return new Map()
  const known = asked.filter(({ since }) => since !== undefined)
  const unknown = asked.filter(({ since, postponed }) => since === undefined && !postponed)
  const { rows } = await db.execute(sql`
    WITH known AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(known)}::jsonb)
        AS k (id uuid, since bigint, floor bigint, postponed boolean)
    ), unknown AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(unknown)}::jsonb) AS u (id uuid, floor bigint)
    ), found AS (
      SELECT m.id FROM known k CROSS JOIN LATERAL (
        SELECT m.id FROM messages m WHERE m.conversation_id = k.id AND m.version > k.since AND m.seq > k.floor
        ORDER BY m.version LIMIT ${changeLimit + 1}
      ) m WHERE NOT k.postponed
      UNION
      SELECT m.id FROM unknown u CROSS JOIN LATERAL (
        SELECT m.id FROM messages m WHERE m.conversation_id = u.id AND m.seq > u.floor
        ORDER BY m.seq DESC LIMIT ${newestLimit + 1}
      ) m
      UNION
      SELECT m.id FROM hidden_messages h JOIN known k ON k.id = h.conversation_id
      JOIN messages m ON m.id = h.message_id AND m.seq > k.floor
      WHERE h.user_id = ${viewerId} AND h.own_version > ${ownSince}
      UNION
      SELECT m.id FROM known k
      JOIN conversations c ON c.id = k.id AND c.type = 'direct'
      JOIN participants reader ON reader.conversation_id = k.id AND reader.read_version > k.since
      CROSS JOIN LATERAL (
        SELECT m.id FROM messages m
        WHERE m.conversation_id = k.id AND m.seq <= reader.last_read_seq AND m.sender_id <> reader.user_id
          AND ${visibleTo(viewerId, sql`k.floor`)}
        ORDER BY m.seq DESC LIMIT 1
      ) m WHERE NOT k.postponed
    )
    SELECT ${seenColumns(viewerId)}
    FROM found JOIN messages m ON m.id = found.id
    ORDER BY m.conversation_id, CASE WHEN m.conversation_id IN (SELECT id FROM known) THEN m.version ELSE m.seq END`)
  return Map.groupBy(rows.map(readSeen), row => row.conversationId)
}
