import { randomUUIDv7 } from 'node:crypto'
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { fold } from '../../lib/fold.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { toMe, type UserRow } from '../users/rows.ts'
import { avatarColorOf, initialsOf, usernameFor } from '../users/public.ts'
import type { Me } from '../users/schemas.ts'
import { users } from '../users/tables.ts'
import type { VerifiedPerson } from './google.ts'
import { identities } from './tables.ts'

/** The person's user, made at their first sign-in; and their new own version if their address is another one now. */
export async function signInUser (db: Database, person: VerifiedPerson): Promise<{ user: Me, ownVersion?: number }> {
  const row = await findUser(db, person) ?? await createUser(db, person)
  const user = toMe({ ...row, email: person.email })
  return row.email === person.email ? { user } : { user, ...await changeEmail(db, row.id, person.email) }
}

/** Of twin requests the second finds nothing to change. */
async function changeEmail (db: Database, userId: string, email: string): Promise<{ ownVersion: number } | undefined> {
  const next = sql`${users.ownVersion} + 1`
  const [changed] = await db.update(users).set({ email, ownVersion: next, profileVersion: next })
    .where(and(eq(users.id, userId), sql`${users.email} IS DISTINCT FROM ${email}`))
    .returning({ ownVersion: users.ownVersion })
  return changed
}

async function findUser (db: Database, { issuer, subject }: VerifiedPerson): Promise<UserRow | undefined> {
  const [row] = await db.select(getTableColumns(users)).from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)))
  return row
}

async function createUser (db: Database, person: VerifiedPerson, attempt = 0): Promise<UserRow> {
  try {
    await insertUser(db, person, usernameFor(person.name, attempt))
  } catch (error) {
    if (violatedConstraint(error) === 'users_username_unique') return createUser(db, person, attempt + 1)
    throw error
  }
  return (await findUser(db, person))!
}

/** The identity first: of the same person's twin requests, the second waits for the first, and makes no user. */
async function insertUser (
  db: Database, { issuer, subject, ...person }: VerifiedPerson, username: string
): Promise<void> {
  await db.execute(sql`
    WITH identity AS (
      INSERT INTO identities (issuer, subject, user_id) VALUES (${issuer}, ${subject}, ${randomUUIDv7()})
      ON CONFLICT DO NOTHING RETURNING user_id
    )
    INSERT INTO users (id, email, name, folded_name, initials, avatar_color, avatar_url, username)
    SELECT user_id, ${person.email}, ${person.name}, ${fold(person.name)}, ${initialsOf(person.name)},
      ${avatarColorOf(subject)}, ${person.picture ?? null}, ${username}
    FROM identity`)
}
