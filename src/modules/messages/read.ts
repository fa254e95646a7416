import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import type { DomainEvents } from '../../events.ts'
import { floorOf, nextOwnVersion, nextVersion } from '../membership/public.ts'
import type { ChangeParts } from './change.ts'
import { requireMessage } from './select.ts'

type Read = DomainEvents['messages.read']

/** Marks everything up to a message as read and, once that is committed, announces it. Throws NOT_FOUND. */
export async function readMessage (parts: ChangeParts, readerId: string, messageId: string): Promise<void> {
  const { conversationId, seq } = await requireMessage(parts.db, readerId, messageId)
  await readUpTo(parts, readerId, conversationId, seq)
}

/** Marks everything up to the number `seq` as read; going backwards changes nothing. */
export async function readUpTo (
  { db, events }: ChangeParts, readerId: string, conversationId: string, seq: number
): Promise<void> {
  const read = await moveReadPosition(db, readerId, conversationId, seq)
  if (read) events.emit('messages.read', read)
}

/**
 * A read position is always at a message of somebody else: reading one's own changes nothing.
 * In a direct conversation the other side sees it move, so there it is a new version. The person's
 * own row is locked first, as by every change of what only they see; then the position, so that of
 * two readings that meet the second sees where the first went, and is no new version.
 */
async function moveReadPosition (
  db: Database, readerId: string, conversationId: string, seq: number
): Promise<Read | undefined> {
  const { rows: [read] } = await db.execute<Read & Record<string, unknown>>(sql`
    WITH wanted AS (
      SELECT p.id AS participant_id, p.conversation_id, p.user_id, m.id, m.seq
      FROM participants p JOIN conversations c ON c.id = p.conversation_id CROSS JOIN LATERAL (
        SELECT m.id, m.seq FROM messages m
        WHERE m.conversation_id = p.conversation_id AND m.seq > greatest(p.last_read_seq, ${floorOf(sql`p`)})
          AND m.seq <= ${seq} AND m.sender_id <> p.user_id
        ORDER BY m.seq DESC LIMIT 1
      ) m
      WHERE p.user_id = ${readerId} AND p.conversation_id = ${conversationId}
    ), reader AS (${nextOwnVersion(sql`wanted`)}), position AS (
      SELECT p.id, p.conversation_id FROM participants p, wanted, reader
      WHERE p.id = wanted.participant_id AND p.last_read_seq < wanted.seq
      FOR NO KEY UPDATE OF p
    ), seen AS (
      SELECT conversation_id FROM position JOIN conversations c ON c.id = conversation_id WHERE c.type = 'direct'
    ), conversation AS (${nextVersion(sql`seen`)})
    UPDATE participants p
    SET last_read_seq = wanted.seq, last_read_at = now(), own_version = reader.own_version,
      read_version = coalesce(conversation.version, 0)
    FROM wanted CROSS JOIN reader CROSS JOIN position LEFT JOIN conversation ON true
      JOIN conversations c ON c.id = wanted.conversation_id
    WHERE p.id = position.id
    RETURNING p.conversation_id AS "conversationId", c.type, coalesce(conversation.version, c.version) AS version,
      p.user_id AS "userId", p.own_version AS "ownVersion", wanted.id AS "messageId", wanted.seq`)
  return read
}
