import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { participants } from '../membership/tables.ts'

/** The ids of all conversations a person is in. */
export async function membershipsOf (db: Database, userId: string): Promise<string[]> {
  const rows = await db.select({
    id: participants.conversationId,
  }).from(participants).where(eq(participants.userId, userId))
  return rows.map(row => row.id)
}

const array = (ids: string[]) => sql`(SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`

/** Notes that people have a socket on this node; returns those who were offline until now. */
export async function enterPresence (db: Database, nodeId: string, userIds: string[]): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    WITH person AS (
      SELECT id, is_online FROM users WHERE id IN ${array(userIds)} ORDER BY id FOR NO KEY UPDATE
    ), lease AS (
      INSERT INTO presence (user_id, node_id) SELECT id, ${nodeId}::uuid FROM person ON CONFLICT DO NOTHING
    )
    UPDATE users u SET is_online = true FROM person WHERE u.id = person.id AND NOT person.is_online RETURNING u.id`)
  return rows.map(row => row.id)
}

export interface WentOffline { id: string, lastActive: string }

/**
 * Of people without a lease, those who had been online. The people's rows are locked by a statement
 * before this one, so that its snapshot shows a lease that another node has just committed.
 */
async function setOffline (db: Database, userIds: string[]): Promise<WentOffline[]> {
  const { rows } = await db.execute<WentOffline & Record<string, unknown>>(sql`
    UPDATE users u SET is_online = false, last_active = now()
    WHERE u.id IN ${array(userIds)} AND u.is_online AND NOT EXISTS (SELECT FROM presence p WHERE p.user_id = u.id)
    RETURNING u.id, u.last_active AS "lastActive"`)
  return rows
}

/** Notes that people have no socket on this node any more; returns those who have none anywhere. */
export async function leavePresence (db: Database, nodeId: string, userIds: string[]): Promise<WentOffline[]> {
  return db.transaction(async db => {
    await db.execute(sql`SELECT FROM users WHERE id IN ${array(userIds)} ORDER BY id FOR NO KEY UPDATE`)
    await db.execute(sql`DELETE FROM presence WHERE node_id = ${nodeId} AND user_id IN ${array(userIds)}`)
    return setOffline(db, userIds)
  })
}

/** Renews the node's lease; true if there was none (a new node, or one that was swept). */
export async function renewLease (db: Database, nodeId: string): Promise<boolean> {
  const { rows: [row] } = await db.execute<{ isNew: boolean }>(sql`
    INSERT INTO nodes (id, renewed_at) VALUES (${nodeId}, now())
    ON CONFLICT (id) DO UPDATE SET renewed_at = now()
    RETURNING (xmax = 0) AS "isNew"`)
  return row!.isNew
}

/** Lets the node's lease end a few seconds from now, for its people to come back on another node. */
export async function endLeaseSoon (db: Database, nodeId: string, leaseSeconds: number): Promise<void> {
  await db.execute(
    sql`UPDATE nodes SET renewed_at = now() - make_interval(secs => ${leaseSeconds - 5}) WHERE id = ${nodeId}`
  )
}

/** Removes nodes that have not renewed their lease; returns the people who were connected to nothing else. */
export async function sweepLeases (db: Database, leaseSeconds: number): Promise<WentOffline[]> {
  return db.transaction(async db => {
    const { rowCount } = await db.execute(
      sql`DELETE FROM nodes WHERE renewed_at < now() - make_interval(secs => ${leaseSeconds})`
    )
    if (rowCount === 0) return []
    const { rows: ghosts } = await db.execute<{ id: string }>(sql`
      SELECT u.id FROM users u
      WHERE u.is_online AND NOT EXISTS (SELECT FROM presence p WHERE p.user_id = u.id)
      ORDER BY u.id FOR NO KEY UPDATE OF u`)
    return setOffline(db, ghosts.map(ghost => ghost.id))
  })
}

/** For each of these people, those with whom they have a direct conversation that neither side blocks. */
export async function contactsOf (db: Database, userIds: string[]): Promise<Map<string, string[]>> {
  if (userIds.length === 0) return new Map()
  const { rows } = await db.execute<{ userId: string, contacts: string[] }>(sql`
    SELECT p.user_id AS "userId", json_agg(o.user_id) AS contacts
    FROM participants p
    JOIN conversations c ON c.id = p.conversation_id AND c.type = 'direct' AND c.blockers = 0
    JOIN participants o ON o.conversation_id = c.id AND o.user_id <> p.user_id
    WHERE p.user_id IN ${array(userIds)}
    GROUP BY p.user_id`)
  return new Map(rows.map(row => [row.userId, row.contacts]))
}

export interface Seen { userId: string, isOnline: boolean, lastActive: string | null, contacts: string[] }

/** Whom these people see online, and whom they have seen go within so many seconds; with those of them who see it. */
export async function seenBy (db: Database, userIds: string[], seconds: number): Promise<Seen[]> {
  const { rows } = await db.execute<Seen & Record<string, unknown>>(sql`
    SELECT u.id AS "userId", u.is_online AS "isOnline", u.last_active AS "lastActive", json_agg(p.user_id) AS contacts
    FROM participants p
    JOIN conversations c ON c.id = p.conversation_id AND c.type = 'direct' AND c.blockers = 0
    JOIN participants o ON o.conversation_id = c.id AND o.user_id <> p.user_id
    JOIN users u ON u.id = o.user_id AND (u.is_online OR u.last_active > now() - make_interval(secs => ${seconds}))
    WHERE p.user_id IN ${array(userIds)}
    GROUP BY u.id`)
  return rows
}

export interface Side { userId: string, isOnline: boolean, lastActive: string | null, isHidden: boolean }

/** Both sides of a direct conversation; while either side blocks, they are hidden from each other. */
export async function sidesOf (db: Database, conversationId: string): Promise<Side[]> {
  const { rows } = await db.execute<Side & Record<string, unknown>>(sql`
    SELECT u.id AS "userId", u.is_online AS "isOnline", u.last_active AS "lastActive", c.blockers > 0 AS "isHidden"
    FROM conversations c JOIN participants p ON p.conversation_id = c.id JOIN users u ON u.id = p.user_id
    WHERE c.id = ${conversationId}`)
  return rows
}

/**
 * A conversation's new version, a person's own new version, (without a version) a membership that came or
 * went, or a session that was ended.
 */
export interface Change {
  conversationId: string | null, userId: string | null, version: number | null, sessionId: string | null,
}

/**
 * What was committed since an earlier call, which returned `since` as its `next`; without it, nothing.
 * Both are snapshots, so what another call saw and what it could not yet see is known exactly,
 * whatever the order of the commits, and a transaction that takes long holds up nothing else.
 * `mayLack`: some of them may have been deleted already.
 */
export async function readChanges (
  db: Database, since?: string
): Promise<{ changes: Change[], next: string, mayLack: boolean }> {
  const seen = sql`${since ?? null}::text::pg_snapshot`
  const { rows: [read] } = await db.execute<{ changes: Change[], next: string, mayLack: boolean }>(sql`
    SELECT pg_current_snapshot()::text AS next,
    coalesce((
      SELECT pg_snapshot_xmax(snapshot) > pg_snapshot_xmin(${seen}) FROM forgotten_changes
    ), false) AS "mayLack", (
      SELECT coalesce(json_agg(c), '[]') FROM (
        SELECT conversation_id AS "conversationId", user_id AS "userId", session_id AS "sessionId",
          max(version) AS version
        FROM changes WHERE xid >= pg_snapshot_xmin(${seen}) AND NOT pg_visible_in_snapshot(xid, ${seen})
        GROUP BY conversation_id, user_id, session_id
      ) c
    ) AS changes`)
  return read!
}

const forgottenAtOnce = 10_000

/** Deletes what a snapshot has seen, and what comes from the future: out of a backup of another server. */
export async function forgetChanges (db: Database, snapshot: string): Promise<void> {
  const seen = sql`${snapshot}::text::pg_snapshot`
  await db.execute(sql`
    INSERT INTO forgotten_changes AS f (snapshot) VALUES (${seen})
    ON CONFLICT (is_only) DO UPDATE SET snapshot = excluded.snapshot
    WHERE pg_snapshot_xmax(f.snapshot) < pg_snapshot_xmax(excluded.snapshot)`)
  for (let deleted = forgottenAtOnce; deleted === forgottenAtOnce;) {
    const { rowCount } = await db.execute(sql`
      DELETE FROM changes WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM changes
        WHERE xid < pg_snapshot_xmax(${seen}) AND pg_visible_in_snapshot(xid, ${seen})
          OR xid > pg_snapshot_xmax(pg_current_snapshot())
        LIMIT ${forgottenAtOnce}
      ))`)
    deleted = rowCount!
  }
}
