import { randomUUIDv7 } from 'node:crypto'
import { and, desc, eq, lt, ne, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound } from '../../errors.ts'
import { cutPage, toIso } from '../../lib/rows.ts'
import { users } from '../users/tables.ts'
import { deviceOf } from './device.ts'
import type { Session } from './schemas.ts'
import { sessions } from './tables.ts'

const isActive = sql`${sessions.revokedAt} IS NULL AND ${sessions.expiresAt} > now()`

/** A person's token: the session that it is, and whose. */
export interface Bearer { sub: string, jti: string }

/** @param seconds how long the session lasts @returns its id */
export async function createSession (
  db: Database, userId: string, seconds: number, userAgent: string | undefined
): Promise<string> {
  const id = randomUUIDv7()
  await db.insert(sessions).values({
    id, userId, expiresAt: sql`now() + make_interval(secs => ${seconds})`, userAgent: userAgent?.slice(0, 500),
  })
  // What has expired is of no more use to anybody, and each sign-in clears away what its person left.
  await db.delete(sessions).where(and(eq(sessions.userId, userId), lt(sessions.expiresAt, sql`now()`)))
  return id
}

/** Whether the session is that person's and goes on. Notes that it is in use, every five minutes at most. */
export async function isSessionActive (db: Database, { jti, sub }: Bearer): Promise<boolean> {
  const { rows } = await db.execute(sql`
    WITH used AS (
      UPDATE sessions SET last_used_at = now()
      WHERE id = ${jti} AND user_id = ${sub} AND ${isActive} AND last_used_at < now() - interval '5 minutes'
    )
    SELECT FROM sessions WHERE id = ${jti} AND user_id = ${sub} AND ${isActive}`)
  return rows.length > 0
}

/** A person's sessions that go on, newest first. `cursor` is the id of the last one seen. */
export async function listSessions (db: Database, { jti, sub }: Bearer, limit: number, cursor?: string) {
  const rows = await db.select().from(sessions)
    .where(and(eq(sessions.userId, sub), isActive, cursor === undefined ? undefined : lt(sessions.id, cursor)))
    .orderBy(desc(sessions.id))
    .limit(limit + 1)
  const page = cutPage(rows, limit)
  return {
    sessions: page.rows.map((row): Session => ({
      id: row.id,
      device: deviceOf(row.userAgent),
      createdAt: toIso(row.createdAt),
      lastUsedAt: toIso(row.lastUsedAt),
      isCurrent: row.id === jti,
    })),
    nextCursor: page.hasMore ? page.rows.at(-1)!.id : null,
    hasMore: page.hasMore,
  }
}

/** Ends one of a person's sessions for good. Throws NOT_FOUND if they have no such session that goes on. */
export async function endSession (db: Database, userId: string, sessionId: string): Promise<void> {
  const ended = await db.update(sessions).set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isActive)).returning({ id: sessions.id })
  if (ended.length === 0) throw new NotFound('session')
}

/** Ends all of a person's sessions but this one, and returns their ids. */
export async function endOtherSessions (db: Database, { jti, sub }: Bearer): Promise<string[]> {
  const ended = await db.update(sessions).set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.userId, sub), ne(sessions.id, jti), isActive)).returning({ id: sessions.id })
  return ended.map(({ id }) => id)
}

/** Ends the session of a token, whose person was here until now. */
export async function signOut (db: Database, { jti, sub }: Bearer): Promise<void> {
  await db.transaction(async db => {
    await db.update(sessions).set({ revokedAt: sql`now()` }).where(and(eq(sessions.id, jti), isActive))
    await db.update(users).set({ lastActive: sql`now()` }).where(eq(users.id, sub))
  })
}
