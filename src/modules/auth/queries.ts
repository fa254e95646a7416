import { randomInt, randomUUIDv7 } from 'node:crypto'
import { eq, or } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { EmailTaken } from '../../errors.ts'
import { toMe, type UserRow } from '../users/rows.ts'
import { avatarColorOf, initialsOf } from '../users/public.ts'
import type { Me } from '../users/schemas.ts'
import { users } from '../users/tables.ts'
import type { GooglePerson } from './google.ts'

/** The person's user, made at their first sign-in. Throws EMAIL_TAKEN. */
export async function findOrCreateUser (db: Database, person: GooglePerson): Promise<Me> {
  const known = await findByGoogleSub(db, person.sub)
  return toMe(known ?? await createUser(db, person))
}

async function findByGoogleSub (db: Database, sub: string): Promise<UserRow | undefined> {
  const [row] = await db.select().from(users).where(eq(users.googleSub, sub))
  return row
}

async function createUser (db: Database, person: GooglePerson, attempt = 0): Promise<UserRow> {
  const [created] = await db.insert(users).values({
    id: randomUUIDv7(),
    googleSub: person.sub,
    email: person.email,
    name: person.name,
    initials: initialsOf(person.name),
    avatarColor: avatarColorOf(person.sub),
    avatarUrl: person.picture,
    username: usernameFor(person.name, attempt),
  }).onConflictDoNothing().returning()
  if (created) return created

  // Something was taken: by the same person's twin request, by their address, or only the username. One look
  // for both, or the twin could come in between.
  const taken = await db.select().from(users).where(or(eq(users.googleSub, person.sub), eq(users.email, person.email)))
  const twin = taken.find(({ googleSub }) => googleSub === person.sub)
  if (twin) return twin
  if (taken.length > 0) throw new EmailTaken()
  return createUser(db, person, attempt + 1)
}

/** Lower-case ASCII from a name; from the second attempt on with more and more random digits. */
export function usernameFor (name: string, attempt: number): string {
  const ascii = name.normalize('NFKD').replace(
    /\p{M}/gu, ''
  ).toLowerCase().replace(/[^a-z0-9]+/g, '.').replace(/^\.+|\.+$/g, '')
  const base = (ascii.length < 3 ? `user.${ascii}` : ascii).slice(0, 20).replace(/\.+$/, '')
  if (attempt === 0) return base
  const digits = Math.min(3 + attempt, 9)
  return `${base}${String(randomInt(10 ** digits)).padStart(digits, '0')}`
}
