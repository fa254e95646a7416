import { randomUUIDv7 } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound, ValidationFailed } from '../../errors.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { formats } from '../../lib/formats.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { cutPage, toIso } from '../../lib/rows.ts'
import type { Reading } from '../messages/rows.ts'
import { directKey } from '../users/rows.ts'
import { users } from '../users/tables.ts'
import { toConversation } from './rows.ts'
import type { Membership } from './schemas.ts'
import { selectConversations } from './select.ts'
import { conversations, participants } from './tables.ts'

/** A time just as `toIso` writes it: JavaScript reads many more, some of which PostgreSQL refuses. */
function isWrittenByUs (time: string): boolean {
  return /^[1-9]\d{3}-/.test(time) && formats['date-time']!(time) && toIso(time) === time
}

/** The viewer's conversations, newest activity first. Throws VALIDATION_FAILED for a cursor that is not one of ours. */
export async function listConversations (db: Database, viewerId: string, limit: number, cursor?: string) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, [isWrittenByUs, formats.uuid!])
  if (cursor !== undefined && after === undefined) throw new ValidationFailed('The cursor is not one of this list.')
  const where = after && sql`(c.updated_at, c.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`
  const page = cutPage(await selectConversations(db, viewerId, { where, limit: limit + 1 }), limit)
  const list = page.rows.map(toConversation)
  const last = list.at(-1)
  return {
    conversations: list,
    nextCursor: page.hasMore ? encodeCursor([last!.updatedAt, last!.id]) : null,
    hasMore: page.hasMore,
  }
}

/** The direct conversation of two people, made if there is none. Throws NOT_FOUND for an unknown person. */
export async function openDirect (
  db: Database, viewerId: string, otherId: string
): Promise<{ id: string, created: boolean }> {
  const findDirect = async () => {
    const [row] = await db.select({
      id: conversations.id,
    }).from(conversations).where(eq(conversations.directKey, directKey(viewerId, otherId)))
    return row?.id
  }
  const known = await findDirect()
  if (known !== undefined) return { id: known, created: false }
  try {
    const created = await createDirect(db, viewerId, otherId)
    if (created !== undefined) return { id: created, created: true }
  } catch (error) {
    if (violatedConstraint(error)?.startsWith('participants_user_id')) throw new NotFound('user')
    throw error
  }
  // The other side was faster; its transaction has committed, or ours would still be waiting for it.
  return { id: (await findDirect())!, created: false }
}

async function createDirect (db: Database, viewerId: string, otherId: string): Promise<string | undefined> {
  const id = randomUUIDv7()
  const { rows } = await db.execute(sql`
    WITH conversation AS (
      INSERT INTO conversations (id, type, direct_key, member_count)
      VALUES (${id}, 'direct', ${directKey(viewerId, otherId)}, 2)
      ON CONFLICT (direct_key) DO NOTHING RETURNING id
    )
    INSERT INTO participants (id, conversation_id, user_id)
    SELECT member.id, conversation.id, member.user_id
    FROM conversation, (VALUES (${randomUUIDv7()}::uuid, ${viewerId}::uuid), (${randomUUIDv7()}::uuid, ${otherId}::uuid)) AS member (id, user_id)
    RETURNING conversation_id`)
  return rows.length > 0 ? id : undefined
}

export interface Member {
  conversationId: string
  type: 'direct' | 'group'
  /** Whether either side of a direct conversation has blocked the other. */
  blocked: boolean
  reading: Reading
}

/** The conversation seen from one member. Throws NOT_FOUND if they are none. */
export async function requireMember (db: Database, userId: string, conversationId: string): Promise<Member> {
  const { rows: [row] } = await db.execute<Omit<Member, 'reading'> & Omit<Reading, 'viewerId'>>(sql`
    SELECT c.id AS "conversationId", c.type, p.last_read_seq AS "ownReadSeq",
      CASE WHEN c.type = 'direct' THEN (
        SELECT o.last_read_seq FROM participants o WHERE o.conversation_id = c.id AND o.user_id <> p.user_id
      ) END AS "otherReadSeq",
      c.blockers > 0 AS blocked
    FROM participants p JOIN conversations c ON c.id = p.conversation_id
    WHERE p.user_id = ${userId} AND p.conversation_id = ${conversationId}`)
  if (!row) throw new NotFound('conversation')
  const { ownReadSeq, otherReadSeq, ...member } = row
  return { ...member, reading: { viewerId: userId, ownReadSeq, otherReadSeq } }
}

export interface MembershipChange { conversationId: string, version: number, ownVersion: number, blockChanged: boolean }

/**
 * Mutes or blocks. A block changes what both sides see, so it is a new version of the conversation.
 * Throws NOT_FOUND, and VALIDATION_FAILED for a block in a group.
 */
export async function changeMembership (
  db: Database, userId: string, conversationId: string, change: Membership
): Promise<MembershipChange> {
  return db.transaction(async db => {
    const own = and(eq(participants.userId, userId), eq(participants.conversationId, conversationId))
    const { type } = await requireMember(db, userId, conversationId)
    if (change.isBlocked !== undefined && type === 'group') {
      throw new ValidationFailed('Only people can be blocked, not groups.')
    }

    const [counter] = await db.update(users).set({ ownVersion: sql`${users.ownVersion} + 1` })
      .where(eq(users.id, userId)).returning({ ownVersion: users.ownVersion })
    const [before] = await db.select().from(participants).where(own).for('no key update')
    if (!before) throw new NotFound('conversation')
    await db.update(participants).set({ ...change, ownVersion: counter!.ownVersion }).where(own)

    const blocks = Number(change.isBlocked ?? before.isBlocked) - Number(before.isBlocked)
    const version = blocks === 0
      ? await currentVersion(db, conversationId)
      : await countBlock(db, conversationId, blocks)
    return { conversationId, version, ownVersion: counter!.ownVersion, blockChanged: blocks !== 0 }
  })
}

async function currentVersion (db: Database, conversationId: string): Promise<number> {
  const [conversation] = await db.select({
    version: conversations.version,
  }).from(conversations).where(eq(conversations.id, conversationId))
  return conversation!.version
}

/** Counts a block that came (1) or went (-1), as a new version of the conversation. */
async function countBlock (db: Database, conversationId: string, blocks: number): Promise<number> {
  const [conversation] = await db.update(conversations)
    .set({ version: sql`${conversations.version} + 1`, blockers: sql`${conversations.blockers} + ${blocks}` })
    .where(eq(conversations.id, conversationId)).returning({ version: conversations.version })
  return conversation!.version
}
