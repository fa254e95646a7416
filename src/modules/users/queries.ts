import { and, asc, eq, like, ne, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound, UsernameTaken, ValidationFailed } from '../../errors.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { fold, wordPatterns } from '../../lib/fold.ts'
import { formats } from '../../lib/formats.ts'
import { normalizeName } from '../../lib/names.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { cutPage } from '../../lib/rows.ts'
import { initialsOf } from './avatar.ts'
import { hasBlock, publicColumns, toMe, toUser } from './rows.ts'
import type { Me, Profile, User } from './schemas.ts'
import { searchedText, users } from './tables.ts'
import { isReserved } from './usernames.ts'

export interface NamePage { search?: string, limit: number, cursor?: string }

/** The sort key of people and groups: their name, whatever its case, then their id. */
const nameKey = sql<string>`lower(${users.name})`

/** Other people, by name. Throws VALIDATION_FAILED for a cursor that is not one of ours. */
export async function listUsers (db: Database, viewerId: string, { search = '', limit, cursor }: NamePage) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, [formats.text!, formats.uuid!])
  if (cursor !== undefined && after === undefined) throw new ValidationFailed('The cursor is not one of this list.')

  const rows = await db
    .select({ ...publicColumns(), key: nameKey, presenceHidden: hasBlock(sql`${viewerId}`, users.id) })
    .from(users)
    .where(and(
      ne(users.id, viewerId),
      ...wordPatterns(search).map(pattern => like(searchedText(users), pattern)),
      after ? sql`(${nameKey}, ${users.id}) > (${after[0]}, ${after[1]}::uuid)` : undefined
    ))
    .orderBy(asc(nameKey), asc(users.id))
    .limit(limit + 1)

  const page = cutPage(rows, limit)
  const last = page.rows.at(-1)
  return {
    users: page.rows.map(row => toUser(row, row)),
    nextCursor: page.hasMore ? encodeCursor([last!.key, last!.id]) : null,
    hasMore: page.hasMore,
  }
}

/** People by their ids, as the viewer sees them. */
export async function selectUsers (db: Database, viewerId: string, ids: string[]): Promise<Map<string, User>> {
  const rows = await db
    .select({ ...publicColumns(), presenceHidden: hasBlock(sql`${viewerId}`, users.id) })
    .from(users).where(sql`${users.id} = ANY(${sql.param(ids)}::uuid[])`)
  return new Map(rows.map(row => [row.id, toUser(row, row)]))
}

/** Throws NOT_FOUND. */
export async function requireUser (db: Database, viewerId: string, userId: string): Promise<User> {
  const [row] = await db
    .select({ ...publicColumns(), presenceHidden: hasBlock(sql`${viewerId}`, users.id) })
    .from(users).where(eq(users.id, userId))
  if (!row) throw new NotFound('user')
  return toUser(row, row)
}

/** Throws NOT_FOUND. */
export async function requireMe (db: Database, userId: string): Promise<Me> {
  const [row] = await db.select().from(users).where(eq(users.id, userId))
  if (!row) throw new NotFound('user')
  return toMe(row)
}

export type ProfileChange = Profile & { avatarUrl?: string }

/**
 * A name, and what follows from it. Where it folds as the one before does, a space that no search finds tells the
 * trigger that it was folded.
 */
function named (name: string) {
  const folded = fold(name)
  return {
    name,
    initials: initialsOf(name),
    foldedName: sql`${folded}::text || CASE WHEN ${users.foldedName} = ${folded} THEN ' ' ELSE '' END`,
  }
}

/** A change of what one sees of oneself, so a new own version. Throws USERNAME_TAKEN, NOT_FOUND. */
export async function updateProfile (
  db: Database, userId: string, profile: ProfileChange
): Promise<{ user: Me, ownVersion: number }> {
  const name = profile.name && normalizeName(profile.name)
  const next = sql`${users.ownVersion} + 1`
  const { username } = profile
  const isKept = username !== undefined && isReserved(username) ? eq(users.username, username) : undefined
  try {
    const [row] = await db.update(users)
      .set({
        ...profile, ...name !== undefined && named(name), ownVersion: next, profileVersion: next, updatedAt: sql`now()`,
      })
      .where(and(eq(users.id, userId), isKept)).returning()
    if (!row) throw isKept ? new UsernameTaken() : new NotFound('user')
    return { user: toMe(row), ownVersion: row.ownVersion }
  } catch (error) {
    if (violatedConstraint(error) === 'users_username_unique') throw new UsernameTaken()
    throw error
  }
}
