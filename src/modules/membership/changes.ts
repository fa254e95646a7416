import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'

/** `changed` and `left` are ids of conversations. */
export interface MembershipChanges {
  ownVersion: number
  isProfileChanged: boolean
  changed: string[]
  left: string[]
}

/**
 * The viewer's own version, whether their profile has changed, which of their conversations have changed since the
 * versions given, and which of those given are not theirs, all of one moment: what changes from then on is told next
 * time.
 */
export async function changedMemberships (
  db: Database, viewerId: string, given: Record<string, number>, ownSince?: number
): Promise<MembershipChanges> {
  const { rows: [changes] } = await db.execute<MembershipChanges & Record<string, unknown>>(sql`
    WITH given AS (
      SELECT key::uuid AS id, value::bigint AS version FROM jsonb_each_text(${JSON.stringify(given)}::jsonb)
    ), mine AS (
      SELECT own.conversation_id AS id, c.version, own.own_version FROM participants own
      CROSS JOIN LATERAL (SELECT version FROM conversations WHERE id = own.conversation_id LIMIT 1) c
      WHERE own.user_id = ${viewerId}
    )
    SELECT u.own_version AS "ownVersion",
      u.profile_version > coalesce(${ownSince ?? null}::bigint, u.own_version) AS "isProfileChanged", (
      SELECT coalesce(json_agg(mine.id), '[]') FROM mine LEFT JOIN given ON given.id = mine.id
      WHERE mine.version > coalesce(given.version, -1)
        OR mine.own_version > coalesce(${ownSince ?? null}::bigint, u.own_version)
    ) AS changed, (
      SELECT coalesce(json_agg(id), '[]') FROM given WHERE id NOT IN (SELECT id FROM mine)
    ) AS "left"
    FROM users u WHERE u.id = ${viewerId}`)
  return changes!
}
