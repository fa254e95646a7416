import { randomUUIDv7 } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { NotFound, ValidationFailed } from '../../errors.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { formats } from '../../lib/formats.ts'
import { violatedConstraint } from '../../lib/postgres-errors.ts'
import { cutPage, toIso } from '../../lib/rows.ts'
import { changeOwnSide, requireMember, type OwnChange } from '../membership/public.ts'
import { conversations } from '../membership/tables.ts'
import { directKey } from '../users/rows.ts'
import { toConversation } from './rows.ts'
import type { Membership } from './schemas.ts'
import { activeAt, selectConversations } from './select.ts'

/** A time just as `toIso` writes it: JavaScript reads many more, some of which PostgreSQL refuses. */
function isWrittenByUs (time: string): boolean {
  return /^[1-9]\d{3}-/.test(time) && formats['date-time']!(time) && toIso(time) === time
}

/** The viewer's conversations, newest activity first. Throws VALIDATION_FAILED for a cursor that is not one of ours. */
export async function listConversations (db: Database, viewerId: string, limit: number, cursor?: string) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, [isWrittenByUs, formats.uuid!])
  if (cursor !== undefined && after === undefined) throw new ValidationFailed('The cursor is not one of this list.')
  const where = after && sql`(${activeAt}, c.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`
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
    FROM conversation, (VALUES
      (${randomUUIDv7()}::uuid, ${viewerId}::uuid),
      (${randomUUIDv7()}::uuid, ${otherId}::uuid)
    ) AS member (id, user_id)
    RETURNING conversation_id`)
  return rows.length > 0 ? id : undefined
}

export type MembershipChange = OwnChange & { blockChanged: boolean }

/**
 * Mutes or blocks. A block changes what both sides see, so it is a new version of the conversation.
 * Throws NOT_FOUND, and VALIDATION_FAILED for a block in a group.
 */
export async function changeMembership (
  db: Database, userId: string, conversationId: string, { isMuted, isBlocked }: Membership
): Promise<MembershipChange> {
  const { type } = await requireMember(db, userId, conversationId)
  if (isBlocked !== undefined && type === 'group') throw new ValidationFailed('Only people can be blocked, not groups.')
  return db.transaction(async db => {
    const set = isMuted === undefined ? [] : [sql`is_muted = ${isMuted}`]
    const change = await changeOwnSide(db, userId, conversationId, set)
    if (!change) throw new NotFound('conversation')
    const version = isBlocked === undefined ? undefined : await changeBlock(db, userId, conversationId, isBlocked)
    return { ...change, version: version ?? change.version, blockChanged: version !== undefined }
  })
}

/**
 * The conversation's new version; undefined if the block was so already. The participant is locked by then. A block is
 * counted in the conversation's row too, where a send that waits for that row sees it.
 */
async function changeBlock (
  db: Database, userId: string, conversationId: string, isBlocked: boolean
): Promise<number | undefined> {
  const other = sql`participants o WHERE o.conversation_id = ${conversationId} AND o.user_id <> ${userId}`
  const changed = isBlocked
    ? sql`INSERT INTO blocks (blocker_id, blocked_id) SELECT ${userId}, o.user_id FROM ${other} ON CONFLICT DO NOTHING`
    : sql`DELETE FROM blocks b USING ${other} AND b.blocker_id = ${userId} AND b.blocked_id = o.user_id`
  const { rows: [conversation] } = await db.execute<{ version: number }>(sql`
    WITH changed AS (${changed} RETURNING blocker_id)
    UPDATE conversations c SET version = c.version + 1, blockers = c.blockers + ${isBlocked ? 1 : -1}
    FROM changed WHERE c.id = ${conversationId} RETURNING c.version`)
  return conversation?.version
}
