import { randomUUIDv7 } from 'node:crypto'
import { and, asc, eq, getTableColumns, gt, like, sql, type InferSelectModel, type SQL } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { GroupFull, NotFound, ValidationFailed } from '../../errors.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { fold, wordPatterns } from '../../lib/fold.ts'
import { formats } from '../../lib/formats.ts'
import { normalizeName } from '../../lib/names.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { cutPage, toIso } from '../../lib/rows.ts'
import { conversations, participants, searchedName } from '../membership/tables.ts'
import type { NamePage } from '../users/public.ts'
import { hasBlock, publicColumns, toUser } from '../users/rows.ts'
import { users } from '../users/tables.ts'
import type { Joined, Left } from './events.ts'
import type { Group, NewGroup } from './schemas.ts'

const nameKey = sql<string>`lower(${conversations.name})`

function toGroup (row: InferSelectModel<typeof conversations>): Group {
  return {
    id: row.id,
    // The table's check: a group has a name.
    name: row.name!,
    icon: row.icon,
    iconBg: row.iconBg,
    about: row.about,
    createdAt: toIso(row.createdAt),
    updatedAt: toIso(row.updatedAt),
    memberCount: row.memberCount,
  }
}

function selectGroups (db: Database, where: SQL | undefined) {
  return db.select({ ...getTableColumns(conversations), key: nameKey }).from(conversations)
    .where(and(eq(conversations.type, 'group'), where))
    .orderBy(asc(nameKey), asc(conversations.id))
    .$dynamic()
}

/**
 * All groups that the viewer is in, and a page of the others, both by name. Throws VALIDATION_FAILED for a
 * foreign cursor.
 */
export async function listGroups (db: Database, viewerId: string, { search = '', limit, cursor }: NamePage) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, [formats.text!, formats.uuid!])
  if (cursor !== undefined && after === undefined) throw new ValidationFailed('The cursor is not one of this list.')
  const matches = and(...wordPatterns(search).map(pattern => like(searchedName(conversations), pattern)))
  const own = db.select({ id: participants.conversationId }).from(participants).where(eq(participants.userId, viewerId))

  const joined = await selectGroups(db, and(sql`${conversations.id} IN ${own}`, matches))
  const discover = await selectGroups(db, and(
    sql`${conversations.id} NOT IN ${own}`,
    matches,
    after && sql`(${nameKey}, ${conversations.id}) > (${after[0]}, ${after[1]}::uuid)`
  )).limit(limit + 1)

  const page = cutPage(discover, limit)
  const last = page.rows.at(-1)
  return {
    joined: joined.map(toGroup),
    discover: page.rows.map(toGroup),
    nextCursor: page.hasMore ? encodeCursor([last!.key, last!.id]) : null,
    hasMore: page.hasMore,
  }
}

/** Throws NOT_FOUND. */
export async function requireGroup (db: Database, id: string): Promise<Group> {
  const [row] = await selectGroups(db, eq(conversations.id, id))
  if (!row) throw new NotFound('group')
  return toGroup(row)
}

/**
 * A page of a group's members, longest-standing accounts first: the order of the index, fast in a group of
 * any size.
 */
export async function listMembers (db: Database, viewerId: string, groupId: string, limit: number, cursor?: string) {
  const rows = await db.select({ ...publicColumns(), presenceHidden: hasBlock(sql`${viewerId}`, users.id) })
    .from(participants)
    .innerJoin(users, eq(users.id, participants.userId))
    .where(
      and(eq(participants.conversationId, groupId), cursor === undefined ? undefined : gt(participants.userId, cursor))
    )
    .orderBy(asc(participants.userId))
    .limit(limit + 1)
  const page = cutPage(rows, limit)
  return {
    members: page.rows.map(row => toUser(row, row)),
    nextCursor: page.hasMore ? page.rows.at(-1)!.id : null,
    hasMore: page.hasMore,
  }
}

/** Founds a group with its first member and returns its id. */
export async function createGroup (db: Database, founderId: string, {
  name, icon, ...rest
}: NewGroup): Promise<string> {
  const id = randomUUIDv7()
  await db.transaction(async db => {
    await db.insert(conversations).values({
      ...rest,
      id,
      type: 'group',
      memberCount: 1,
      name: normalizeName(name),
      foldedName: fold(name),
      icon: icon && normalizeName(icon),
    })
    await db.insert(participants).values({ id: randomUUIDv7(), conversationId: id, userId: founderId })
  })
  return id
}

/** Undefined if the person was a member already. Throws NOT_FOUND, GROUP_FULL. */
export async function joinGroup (db: Database, userId: string, groupId: string): Promise<Joined | undefined> {
  await requireGroup(db, groupId)
  // Asked beforehand, so that the news goes out right after the commit.
  const [user] = await db.select(publicColumns()).from(users).where(eq(users.id, userId))
  const presenceHiddenFrom = await membersBlockedWith(db, userId, groupId)
  const joined = await addMember(db, userId, groupId).catch(error => {
    throw violatedConstraint(error) === 'conversations_member_limit' ? new GroupFull() : error
  })
  return joined && { ...joined, user: toUser(user!, { presenceHidden: false }), presenceHiddenFrom }
}

async function addMember (
  db: Database, userId: string, groupId: string
): Promise<{ conversationId: string, version: number } | undefined> {
  return db.transaction(async db => {
    const { rows: [joined] } = await db.execute<{ conversationId: string, version: number, lastSeq: number }>(sql`
      WITH joined AS (
        INSERT INTO participants (id, conversation_id, user_id) VALUES (${randomUUIDv7()}, ${groupId}, ${userId})
        ON CONFLICT ON CONSTRAINT participants_user_conversation_unique DO NOTHING RETURNING conversation_id
      )
      UPDATE conversations c SET version = c.version + 1, member_count = c.member_count + 1
      FROM joined WHERE c.id = joined.conversation_id
      RETURNING c.id AS "conversationId", c.version, c.last_seq AS "lastSeq"`)
    if (!joined) return undefined
    // Only now, with the conversation's row locked, is it known what was sent before.
    const { lastSeq, ...rest } = joined
    await db.update(participants).set({ joinedSeq: lastSeq, lastReadSeq: lastSeq })
      .where(and(eq(participants.conversationId, groupId), eq(participants.userId, userId)))
    return rest
  })
}

/** The members of a group with whom a person has a block, from either side. */
async function membersBlockedWith (db: Database, userId: string, groupId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT m.user_id AS id FROM participants m
    WHERE m.conversation_id = ${groupId} AND m.user_id IN (
      SELECT blocked_id FROM blocks WHERE blocker_id = ${userId}
      UNION SELECT blocker_id FROM blocks WHERE blocked_id = ${userId}
    )`)
  return rows.map(row => row.id)
}

/** Undefined if the person was no member. Throws NOT_FOUND. */
export async function leaveGroup (db: Database, userId: string, groupId: string): Promise<Left | undefined> {
  await requireGroup(db, groupId)
  const { rows: [left] } = await db.execute<Left & Record<string, unknown>>(sql`
    WITH gone AS (
      DELETE FROM participants WHERE conversation_id = ${groupId} AND user_id = ${userId}
      RETURNING conversation_id, user_id
    )
    UPDATE conversations c SET version = c.version + 1, member_count = c.member_count - 1
    FROM gone WHERE c.id = gone.conversation_id
    RETURNING c.id AS "conversationId", c.version, gone.user_id AS "userId"`)
  return left
}
