import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db.ts'

/**
 * The next version of the conversations that `target` names in `conversation_id`, for a change that their members can
 * see. `target` is a CTE, and so is this: it has `id` and `version`. The row's lock orders the changes of all nodes.
 */
export const nextVersion = (target: SQL) => sql`
  UPDATE conversations c SET version = c.version + 1 FROM ${target} t WHERE c.id = t.conversation_id
  RETURNING c.id, c.version`

/**
 * The next version of what only one person sees, for the one that `target` names in `user_id`. `target` is a CTE, and
 * so is this: it has `own_version`. Who changes their own side locks this row first, then that of a participant.
 */
export const nextOwnVersion = (target: SQL) => sql`
  UPDATE users u SET own_version = u.own_version + 1 FROM ${target} t WHERE u.id = t.user_id RETURNING u.own_version`

/** Of changes of one's own side that meet, the second waits here, and then sees what the first one did. */
export async function lockOwnSide (db: Database, userId: string): Promise<void> {
  await db.execute(sql`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`)
}

export interface OwnChange { conversationId: string, version: number, userId: string, ownVersion: number }

/** Changes one's own side of a conversation: columns of `participants`. Undefined if one is not in it. */
export async function changeOwnSide (
  db: Database, userId: string, conversationId: string, set: SQL[] = []
): Promise<OwnChange | undefined> {
  const { rows: [change] } = await db.execute<OwnChange & Record<string, unknown>>(sql`
    WITH target AS (
      SELECT user_id, conversation_id FROM participants
      WHERE user_id = ${userId} AND conversation_id = ${conversationId}
    ), own AS (${nextOwnVersion(sql`target`)})
    UPDATE participants p SET ${sql.join([sql`own_version = own.own_version`, ...set], sql`, `)}
    FROM own CROSS JOIN target JOIN conversations c ON c.id = target.conversation_id
    WHERE p.user_id = target.user_id AND p.conversation_id = target.conversation_id
    RETURNING c.id AS "conversationId", c.version, p.user_id AS "userId", p.own_version AS "ownVersion"`)
  return change
}
