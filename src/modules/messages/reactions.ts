import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { Blocked, MessageDeleted, NotFound, TooManyReactions, Unavailable, ValidationFailed } from '../../errors.ts'
import { createCoalescer } from '../../lib/coalescer.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { canonicalEmoji, withoutSkinTone } from '../../lib/emoji.ts'
import { formats } from '../../lib/formats.ts'
import { cutPage, toIso } from '../../lib/rows.ts'
import { lockMembers } from '../membership/public.ts'
import { selectUsers } from '../users/public.ts'
import { changeMessage, type ChangeParts } from './change.ts'
import type { Reaction, ReactionChange } from './schemas.ts'
import { requireMessage } from './select.ts'

/** How many a person may give to a message, and how many different ones a message may have. */
const perPerson = 3
const perMessage = 20

/** How long reactions to one message are gathered after others, in milliseconds. */
const pause = 250
const pauseOfLarge = 1_000
const large = 100

/** `emoji` is what is counted, `shown` has the person's skin tone. */
interface Wish { userId: string, emoji: string, shown: string, on: boolean }
interface Given { userId: string, emoji: string, shown: string }

/** What becomes of a wish: nothing (it was so already), a change, or an error. */
type Outcome = Error | undefined

/** What is counted of an emoji, and what is shown. */
function spell (text: string): { emoji: string, shown: string } {
  const shown = canonicalEmoji(text)!
  return { emoji: withoutSkinTone(shown), shown }
}

/** All reactions of some people to a message, and which emoji it has of anybody. The message is locked. */
async function readGiven (db: Database, messageId: string, userIds: string[]) {
  const { rows: [row] } = await db.execute<{ given: Given[], counts: Record<string, number> }>(sql`
    SELECT coalesce((
      SELECT json_agg(json_build_object('userId', user_id, 'emoji', emoji, 'shown', shown)) FROM message_reactions
      WHERE message_id = ${messageId} AND user_id = ANY(${sql.param(userIds)}::uuid[])
    ), '[]') AS given, coalesce((
      SELECT json_object_agg(emoji, count) FROM (
        SELECT emoji, count(*)::int FROM message_reactions WHERE message_id = ${messageId} GROUP BY emoji
      ) counted
    ), '{}') AS counts`)
  return row!
}

/** Which wishes come true, one after the other, as limits allow. */
function judge (wishes: Wish[], { given, counts }: Awaited<ReturnType<typeof readGiven>>) {
  const held = Map.groupBy(given, ({ userId }) => userId)
  const left = new Map(Object.entries(counts))
  const count = (emoji: string, by: number) => {
    const after = (left.get(emoji) ?? 0) + by
    if (after > 0) left.set(emoji, after)
    else left.delete(emoji)
  }

  function fulfil ({ userId, emoji, shown, on }: Wish): Outcome | true {
    const own = held.get(userId) ?? []
    const known = own.find(reaction => reaction.emoji === emoji)
    if (on ? known?.shown === shown : !known) return undefined
    if (on && !known && (own.length >= perPerson || (!left.has(emoji) && left.size >= perMessage))) {
      return new TooManyReactions()
    }
    const others = own.filter(reaction => reaction !== known)
    held.set(userId, on ? [...others, { userId, emoji, shown }] : others)
    if (!on || !known) count(emoji, on ? 1 : -1)
    return true
  }

  const outcomes = wishes.map(fulfil)
  return {
    outcomes: outcomes.map((outcome): Outcome => outcome === true ? undefined : outcome),
    changes: wishes.filter((_wish, i) => outcomes[i] === true),
  }
}

/** What a message shows of its reactions: the most given first, each with the first who gave it. */
const summaryOf = (messageId: string) => sql`(
  SELECT jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'userIds', user_ids) ORDER BY count DESC, since)
  FROM (
    SELECT emoji, count(*) AS count, min(created_at) AS since,
      (array_agg(user_id ORDER BY created_at, user_id))[1:3] AS user_ids
    FROM message_reactions WHERE message_id = ${messageId} GROUP BY emoji
  ) counted
)`

/** Of several wishes of one person for one emoji, the last. */
const lastOf = (changes: Wish[]) => [...new Map(changes.map(wish => [`${wish.userId} ${wish.emoji}`, wish])).values()]

async function store (db: Database, messageId: string, changes: Wish[]): Promise<void> {
  const given = sql`
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(lastOf(changes))}::jsonb)
      AS w ("userId" uuid, emoji text, shown text, "on" boolean)`
  await db.execute(sql`
    WITH wish AS (${given}), taken AS (
      DELETE FROM message_reactions r USING wish w
      WHERE r.message_id = ${messageId} AND r.user_id = w."userId" AND r.emoji = w.emoji AND NOT w."on"
    )
    INSERT INTO message_reactions (message_id, user_id, emoji, shown)
    SELECT ${messageId}, "userId", emoji, shown FROM wish WHERE "on"
    ON CONFLICT ON CONSTRAINT message_reactions_pkey DO UPDATE SET shown = excluded.shown`)
}

/**
 * Lets people react. Reactions to one message that come in a short time share a transaction, a version and an event,
 * and are answered when that is committed.
 */
export function createReactor ({ db, events }: ChangeParts) {
  async function apply (messageId: string, wishes: Wish[]) {
    return db.transaction(async db => {
      // Locked in a statement of its own, so that the next one sees what others did before.
      const { rows: [message] } = await db.execute<{ conversationId: string, isDeleted: boolean }>(sql`
        SELECT conversation_id AS "conversationId", deleted_at IS NOT NULL AS "isDeleted" FROM messages
        WHERE id = ${messageId} FOR NO KEY UPDATE`)
      const people = wishes.map(wish => wish.userId)
      const { memberIds, blocked, memberCount } = await lockMembers(db, message!.conversationId, people)
      const refusalOf = ({ userId, on }: Wish): Outcome => {
        if (!memberIds.includes(userId)) return new NotFound('message')
        if (blocked) return new Blocked()
        return on && message!.isDeleted ? new MessageDeleted() : undefined
      }
      const refusals = new Map(wishes.map(wish => [wish, refusalOf(wish)]))
      const admitted = wishes.filter(wish => !refusals.get(wish))
      const { outcomes, changes } = judge(admitted, await readGiven(db, messageId, admitted.map(wish => wish.userId)))
      admitted.forEach((wish, i) => refusals.set(wish, outcomes[i]))
      if (changes.length > 0) await store(db, messageId, changes)
      const changed = changes.length === 0
        ? undefined
        : await changeMessage(db, messageId, [sql`reactions = ${summaryOf(messageId)}`], sql`true`)
      return { changed, changes, memberCount, results: wishes.map(wish => refusals.get(wish)) }
    })
  }

  const add = createCoalescer<Wish, Outcome>({
    async run (messageId, wishes) {
      const { changed, changes, memberCount, results } = await apply(messageId, wishes)
      if (changed) {
        const { conversationId, version, seq, reactions } = changed
        const told = lastOf(changes).map(({ userId, shown: emoji, on }): ReactionChange => ({ userId, emoji, on }))
        events.emit('message.reacted', {
          conversationId, version, messageId, seq, reactions: reactions ?? [], changes: told,
        })
      }
      return { results, pause: memberCount > large ? pauseOfLarge : pause }
    },
    maxWaiting: 1_000,
    refuse: () => new Unavailable('Too many reactions are waiting, try again shortly.'),
  })

  /**
   * Sets or takes back one person's reaction; twice is as good as once.
   * Throws NOT_FOUND, BLOCKED, MESSAGE_DELETED, TOO_MANY_REACTIONS.
   */
  return async function react (userId: string, messageId: string, text: string, on: boolean): Promise<void> {
    const emoji = spell(text)
    const { id } = await requireMessage(db, userId, messageId)
    const refusal = await add(id, { userId, ...emoji, on })
    if (refusal) throw refusal
  }
}

export interface ReactionsQuery { emoji?: string, limit: number, cursor?: string }

/** Who reacted to a message, and how. Throws NOT_FOUND, VALIDATION_FAILED. */
export async function listReactions (
  db: Database, viewerId: string, messageId: string, { emoji, limit, cursor }: ReactionsQuery
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, [formats.uuid!, formats.text!])
  if (cursor !== undefined && after === undefined) throw new ValidationFailed('The cursor is not one of this list.')
  const { id } = await requireMessage(db, viewerId, messageId)
  const beyond = after ? sql`(user_id, emoji) > (${after[0]}::uuid, ${after[1]})` : sql`true`
  const wanted = emoji === undefined ? sql`true` : sql`emoji = ${spell(emoji).emoji}`
  const { rows } = await db.execute<{ userId: string, emoji: string, shown: string, createdAt: string }>(sql`
    SELECT user_id AS "userId", emoji, shown, created_at AS "createdAt" FROM message_reactions
    WHERE message_id = ${id} AND ${wanted} AND ${beyond}
    ORDER BY user_id, emoji LIMIT ${limit + 1}`)
  const page = cutPage(rows, limit)
  const people = await selectUsers(db, viewerId, page.rows.map(({ userId }) => userId))
  const last = page.rows.at(-1)
  return {
    reactions: page.rows.map(({ userId, shown, createdAt }): Reaction =>
      ({ user: people.get(userId)!, emoji: shown, createdAt: toIso(createdAt) })),
    nextCursor: page.hasMore ? encodeCursor([last!.userId, last!.emoji]) : null,
    hasMore: page.hasMore,
  }
}
