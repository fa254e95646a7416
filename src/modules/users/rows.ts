import { getTableColumns, sql, type InferSelectModel, type SQL, type SQLWrapper } from 'drizzle-orm'
import { toIso, toIsoOrNull } from '../../lib/rows.ts'
import type { Me, User } from './schemas.ts'
import { users } from './tables.ts'

export type UserRow = InferSelectModel<typeof users>

/** The columns that a `User` is made of. */
export const publicKeys = [
  'id', 'name', 'initials', 'avatarColor', 'avatarUrl', 'bio', 'username', 'isOnline', 'lastActive', 'createdAt',
  'updatedAt',
] as const
export type PublicUserRow = Pick<UserRow, typeof publicKeys[number]>

/** The same for Drizzle. */
export function publicColumns () {
  const {
    googleSub: _sub, email: _email, foldedName: _folded, phoneNumber: _phone, ownVersion: _own,
    profileVersion: _profile, ...columns
  } = getTableColumns(users)
  return columns
}

/** The two ids of a direct conversation in order, as `conversations.direct_key` holds them. */
export function directKey (a: SQLWrapper | string, b: SQLWrapper | string): SQL<string> {
  return sql`least(${a}::uuid, ${b}::uuid)::text || ':' || greatest(${a}::uuid, ${b}::uuid)::text`
}

/** Whether the first of two people has blocked the second. */
export function isBlocking (blocker: SQLWrapper | string, blocked: SQLWrapper | string): SQL<boolean> {
  return sql<boolean>`EXISTS (SELECT FROM blocks b WHERE b.blocker_id = ${blocker} AND b.blocked_id = ${blocked})`
}

/** Whether either of two people has blocked the other, who then do not see each other's presence. */
export function hasBlock (a: SQLWrapper | string, b: SQLWrapper | string): SQL<boolean> {
  return sql<boolean>`(${isBlocking(a, b)} OR ${isBlocking(b, a)})`
}

export function toUser (row: PublicUserRow, { presenceHidden }: { presenceHidden: boolean }): User {
  return {
    id: row.id,
    name: row.name,
    initials: row.initials,
    avatarColor: row.avatarColor,
    avatarUrl: row.avatarUrl,
    bio: row.bio,
    username: row.username,
    isOnline: row.isOnline && !presenceHidden,
    lastActive: presenceHidden ? null : toIsoOrNull(row.lastActive),
    createdAt: toIso(row.createdAt),
    updatedAt: toIso(row.updatedAt),
  }
}

export function toMe (row: UserRow): Me {
  return { ...toUser(row, { presenceHidden: false }), email: row.email, phoneNumber: row.phoneNumber }
}
