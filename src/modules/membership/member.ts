import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound } from '../../errors.ts'

/** Who looks at a conversation, and how far each side of a direct one has read: what `status` is derived from. */
export interface Viewer {
  id: string
  readSeq: number
  /** Null in groups, where messages stay `sent`. */
  otherReadSeq: number | null
  /** Nothing up to this number is there for them. */
  floor: number
}

export interface Member {
  conversationId: string
  type: 'direct' | 'group'
  /** Whether either side of a direct conversation has blocked the other. */
  blocked: boolean
  viewer: Viewer
}

/** The conversation seen from one member. Throws NOT_FOUND if they are none. */
export async function requireMember (db: Database, userId: string, conversationId: string): Promise<Member> {
  const { rows: [row] } = await db.execute<Omit<Member, 'viewer'> & Omit<Viewer, 'id'>>(sql`
    SELECT c.id AS "conversationId", c.type, c.blockers > 0 AS blocked, p.last_read_seq AS "readSeq",
      ${otherReadSeq} AS "otherReadSeq", ${floorOf(sql`p`)} AS floor
    FROM participants p JOIN conversations c ON c.id = p.conversation_id
    WHERE p.user_id = ${userId} AND p.conversation_id = ${conversationId}`)
  if (!row) throw new NotFound('conversation')
  const { readSeq, otherReadSeq: other, floor, ...member } = row
  return { ...member, viewer: { id: userId, readSeq, otherReadSeq: other, floor } }
}

/**
 * Which of these people are in a conversation, and how it stands. Until the transaction ends, none of them leaves, and
 * nobody blocks.
 */
export async function lockMembers (db: Database, conversationId: string, userIds: string[]) {
  const { rows: [row] } = await db.execute<{ memberIds: string[], blocked: boolean, memberCount: number }>(sql`
    WITH member AS (
      SELECT user_id FROM participants
      WHERE conversation_id = ${conversationId} AND user_id = ANY(${sql.param(userIds)}::uuid[])
      ORDER BY id FOR KEY SHARE
    )
    SELECT (SELECT coalesce(json_agg(user_id), '[]') FROM member) AS "memberIds", c.blockers > 0 AS blocked,
      c.member_count AS "memberCount"
    FROM conversations c WHERE c.id = ${conversationId} FOR NO KEY UPDATE`)
  return row!
}

/** How far the other side of the direct conversation `c` has read, seen from the participant `p`; null in a group. */
export const otherReadSeq = sql`CASE WHEN c.type = 'direct' THEN (
  SELECT o.last_read_seq FROM participants o WHERE o.conversation_id = c.id AND o.user_id <> p.user_id
) END`

/** Nothing up to this number is there for a participant, of this name in a statement, of the conversation `c`. */
export const floorOf = (participant: SQL) => sql`greatest(${participant}.visible_from_seq, c.history_from_seq)`
