import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../db.ts'
import type { DomainEvents } from '../../events.ts'
import { requireMessage } from './queries.ts'

type Read = DomainEvents['messages.read']

/** Marks everything up to a message as read and, once that is committed, announces it. Throws NOT_FOUND. */
export async function readMessage (app: FastifyInstance, readerId: string, messageId: string): Promise<void> {
  const message = await requireMessage(app.db, readerId, messageId)
  await readUpTo(app, readerId, message.conversationId, message.seq)
}

/** Marks everything up to the number `seq` as read; going backwards changes nothing. */
export async function readUpTo (
  app: FastifyInstance, readerId: string, conversationId: string, seq: number
): Promise<void> {
  const read = await moveReadPosition(app.db, readerId, conversationId, seq)
  if (read) app.events.emit('messages.read', read)
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
    WITH target AS (
      SELECT p.id AS participant_id, p.conversation_id, p.user_id, m.id, m.seq
      FROM participants p CROSS JOIN LATERAL (
        SELECT m.id, m.seq FROM messages m
        WHERE m.conversation_id = p.conversation_id AND m.seq > p.last_read_seq AND m.seq <= ${seq} AND m.sender_id <> p.user_id
        ORDER BY m.seq DESC LIMIT 1
      ) m
      WHERE p.user_id = ${readerId} AND p.conversation_id = ${conversationId}
    ), reader AS (
      UPDATE users u SET own_version = u.own_version + 1 FROM target WHERE u.id = target.user_id RETURNING u.own_version
    ), position AS (
      SELECT p.id FROM participants p, target, reader
      WHERE p.id = target.participant_id AND p.last_read_seq < target.seq
      FOR NO KEY UPDATE OF p
    ), bumped AS (
      UPDATE conversations c SET version = c.version + 1 FROM target, position
      WHERE c.id = target.conversation_id AND c.type = 'direct'
      RETURNING c.version
    )
    UPDATE participants p
    SET last_read_seq = target.seq, last_read_at = now(), own_version = reader.own_version, read_version = coalesce(bumped.version, 0)
    FROM target CROSS JOIN reader CROSS JOIN position LEFT JOIN bumped ON true JOIN conversations c ON c.id = target.conversation_id
    WHERE p.id = position.id
    RETURNING p.conversation_id AS "conversationId", c.type, coalesce(bumped.version, c.version) AS version,
      p.user_id AS "userId", p.own_version AS "ownVersion", target.id AS "messageId", target.seq`)
  return read
}
