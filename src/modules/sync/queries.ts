import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { columnsOf } from '../../lib/columns.ts'
import { selectConversations } from '../conversations/public.ts'
import { readingOf, toConversation, type ConversationRow } from '../conversations/rows.ts'
import { toMessage, type MessageRow, type Reading } from '../messages/rows.ts'
import type { Message } from '../messages/schemas.ts'
import { messages } from '../messages/tables.ts'
import type { SyncRequest, Tombstone } from './schemas.ts'

/** How many conversations come with their messages in one answer; further ones are announced as limited. */
const conversationLimit = 100
const messageLimit = 100
const newestPage = 50

const message = columnsOf(messages, 'm')

type ChangedMessageRow = MessageRow & { hiddenAt: string | null }
interface Changed {
  conversation: ReturnType<typeof toConversation>, messages: Array<Message | Tombstone>, limited: boolean,
}

/** What changed for the viewer since the versions given. */
export async function changesSince (db: Database, viewerId: string, request: SyncRequest) {
  const given = Object.fromEntries(
    Object.entries(request.conversations).map(([id, version]) => [id.toLowerCase(), version])
  )
  const { ownVersion, changed, left } = await lookAround(db, viewerId, given, request.ownVersion)
  const rows = changed.length > 0
    ? await selectConversations(db, viewerId, {
      where: sql`own.conversation_id = ANY(${sql.param(changed)}::uuid[])`, limit: changed.length,
    })
    : []
  const found = await changedMessages(db, viewerId, rows, given, request.ownVersion ?? ownVersion)
  return {
    changed: rows.map((row, i) => toChanged(row, found.get(row.conversation.id) ?? [], given, i >= conversationLimit)),
    left,
    ownVersion,
  }
}

interface Look { ownVersion: number, changed: string[], left: string[] }

/**
 * The viewer's own version, which of their conversations have changed, and which of those given are
 * not theirs, all of one moment: what changes from then on is told next time.
 */
async function lookAround (
  db: Database, viewerId: string, given: Record<string, number>, ownSince?: number
): Promise<Look> {
  const { rows: [look] } = await db.execute<Look & Record<string, unknown>>(sql`
    WITH given AS (
      SELECT key::uuid AS id, value::bigint AS version FROM jsonb_each_text(${JSON.stringify(given)}::jsonb)
    ), mine AS (
      SELECT own.conversation_id AS id, c.version, own.own_version FROM participants own
      CROSS JOIN LATERAL (SELECT version FROM conversations WHERE id = own.conversation_id LIMIT 1) c
      WHERE own.user_id = ${viewerId}
    )
    SELECT u.own_version AS "ownVersion", (
      SELECT coalesce(json_agg(mine.id), '[]') FROM mine LEFT JOIN given ON given.id = mine.id
      WHERE mine.version > coalesce(given.version, -1) OR mine.own_version > coalesce(${ownSince ?? null}::bigint, u.own_version)
    ) AS changed, (
      SELECT coalesce(json_agg(id), '[]') FROM given WHERE id NOT IN (SELECT id FROM mine)
    ) AS "left"
    FROM users u WHERE u.id = ${viewerId}`)
  return look!
}

function toChanged (
  row: ConversationRow, messages: ChangedMessageRow[], given: Record<string, number>, postponed: boolean
): Changed {
  const known = row.conversation.id in given
  const limit = known ? messageLimit : newestPage
  const since = given[row.conversation.id] ?? -1
  const changes = messages.filter(message => message.version > since)
  // What was hidden or read, rather than written, is beside the limit: it is not found again by version.
  const others = messages.filter(message => message.version <= since)
  const page = postponed ? [] : known ? changes.slice(0, limit) : changes.slice(-limit)
  const reading = readingOf(row)
  return {
    conversation: toConversation(row),
    messages: [...others, ...page].map(message => toEntry(message, reading)),
    limited: postponed || changes.length > limit,
  }
}

function toEntry (row: ChangedMessageRow, reading: Reading): Message | Tombstone {
  const message = toMessage(row, reading, row.hiddenAt)
  if (message.deletedAt === null) return message
  const { id, seq, version, deletedAt, deletedFor } = message
  return { id, seq, version, deletedAt, deletedFor }
}

/**
 * For known conversations the messages with a higher version, the first ones in order of version;
 * for unknown ones the newest page; and beside them what changed without a new version: messages
 * that the viewer hid, and the newest message that either side of a direct conversation has read
 * since (all before it are then read as well). Of conversations beyond the limit come the hidden
 * messages alone: `ownVersion` has passed them when the rest is asked for.
 */
async function changedMessages (
  db: Database, viewerId: string, rows: ConversationRow[], given: Record<string, number>, ownSince: number
): Promise<Map<string, ChangedMessageRow[]>> {
  if (rows.length === 0) return new Map()
  const asked = rows.map(({ conversation: { id } }, i) => ({ id, since: given[id], postponed: i >= conversationLimit }))
  const known = asked.filter(({ since }) => since !== undefined)
  const unknown = asked.filter(({ since, postponed }) => since === undefined && !postponed)
  const { rows: found } = await db.execute<{ hiddenAt: string | null }>(sql`
    WITH known AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(known)}::jsonb) AS k (id uuid, since bigint, postponed boolean)),
    unknown AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(unknown)}::jsonb) AS u (id uuid)),
    found AS (
      SELECT m.id FROM known k CROSS JOIN LATERAL (
        SELECT m.id FROM messages m WHERE m.conversation_id = k.id AND m.version > k.since
        ORDER BY m.version LIMIT ${messageLimit + 1}
      ) m WHERE NOT k.postponed
      UNION
      SELECT m.id FROM unknown u CROSS JOIN LATERAL (
        SELECT m.id FROM messages m WHERE m.conversation_id = u.id ORDER BY m.seq DESC LIMIT ${newestPage + 1}
      ) m
      UNION
      SELECT h.message_id FROM hidden_messages h JOIN known k ON k.id = h.conversation_id
      WHERE h.user_id = ${viewerId} AND h.own_version > ${ownSince}
      UNION
      SELECT m.id FROM known k
      JOIN conversations c ON c.id = k.id AND c.type = 'direct'
      JOIN participants reader ON reader.conversation_id = k.id AND reader.read_version > k.since
      CROSS JOIN LATERAL (
        SELECT m.id FROM messages m
        WHERE m.conversation_id = k.id AND m.seq <= reader.last_read_seq AND m.sender_id <> reader.user_id AND m.deleted_at IS NULL
          AND NOT EXISTS (SELECT FROM hidden_messages h WHERE h.user_id = ${viewerId} AND h.message_id = m.id)
        ORDER BY m.seq DESC LIMIT 1
      ) m WHERE NOT k.postponed
    )
    SELECT ${message.sql}, h.hidden_at AS "hiddenAt"
    FROM found JOIN messages m ON m.id = found.id
    LEFT JOIN hidden_messages h ON h.user_id = ${viewerId} AND h.message_id = m.id
    ORDER BY m.conversation_id, CASE WHEN m.conversation_id IN (SELECT id FROM known) THEN m.version ELSE m.seq END`)
  return Map.groupBy(found.map(row => ({ ...message.read(row), hiddenAt: row.hiddenAt })), row => row.conversationId)
}
