import { randomUUIDv7 } from 'node:crypto'
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { toMe, type UserRow } from '../users/rows.ts'
import { avatarColorOf, initialsOf, usernameFor } from '../users/public.ts'
import type { Me } from '../users/schemas.ts'
import { users } from '../users/tables.ts'
import type { VerifiedPerson } from './google.ts'
import { identities } from './tables.ts'

/** The person's user, made at their first sign-in. */
export async function findOrCreateUser (db: Database, person: VerifiedPerson): Promise<Me> {
  return toMe(await findUser(db, person) ?? await createUser(db, person))
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
    INSERT INTO users (id, email, name, initials, avatar_color, avatar_url, username)
    SELECT user_id, ${person.email}, ${person.name}, ${initialsOf(person.name)}, ${avatarColorOf(subject)},
      ${person.picture ?? null}, ${username}
    FROM identity`)
}
