import type pg from 'pg'
import { Unavailable } from '../../errors.ts'
import { createBatcher } from '../../lib/batcher.ts'
import { isDatabaseUnavailable } from '../../lib/postgres-errors.ts'

/** A message as it is to be stored; ids in lower case. */
export interface Draft {
  id: string
  conversationId: string
  senderId: string
  text: string | null
  imageUrl: string | null
  clientMessageId: string | null
}

/** What storing adds to it. */
export interface Stored { id: string, seq: number, version: number, createdAt: string }

/**
 * Stores a message. Undefined if nothing was: the sender is no member, there is a block, or its `clientMessageId` is
 * there already. Throws UNAVAILABLE when too many wait.
 */
export type MessageWriter = (draft: Draft) => Promise<Stored | undefined>

/**
 * One statement for any number of messages, so one round trip and one commit. The lock on a
 * conversation's row orders the numbers as the commits, and shows a block that came first; the lock
 * on a sender's own row makes a send that races with a removal come before it or fail. Rows are
 * locked in order, so that statements of several nodes cannot wait for each other in a circle.
 */
export const insertMessagesSql = `
  WITH draft AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[])
      WITH ORDINALITY AS d (id, conversation_id, sender_id, text, image_url, client_message_id, place)
  ), sender AS (
    SELECT p.conversation_id, p.user_id FROM participants p
    WHERE (p.user_id, p.conversation_id) IN (SELECT sender_id, conversation_id FROM draft)
    ORDER BY p.id FOR KEY SHARE
  ), sent AS (
    SELECT d.*, row_number() OVER (PARTITION BY d.conversation_id ORDER BY d.place) AS number
    FROM draft d JOIN sender s ON s.conversation_id = d.conversation_id AND s.user_id = d.sender_id
    WHERE NOT EXISTS (
      SELECT FROM messages m
      WHERE m.conversation_id = d.conversation_id AND m.sender_id = d.sender_id
        AND m.client_message_id = d.client_message_id)
  ), locked AS (
    SELECT c.id FROM conversations c WHERE c.id IN (SELECT conversation_id FROM sent) ORDER BY c.id FOR NO KEY UPDATE
  ), conversation AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + n.sent, version = c.version + n.sent, updated_at = clock_timestamp()
    FROM locked JOIN (SELECT conversation_id, count(*) AS sent FROM sent GROUP BY conversation_id) n
      ON n.conversation_id = locked.id
    WHERE c.id = locked.id AND c.blockers = 0
    RETURNING c.id, c.last_seq - n.sent AS seq, c.version - n.sent AS version, c.updated_at
  )
  INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, image_url, client_message_id, created_at)
  SELECT s.id, c.id, s.sender_id, c.seq + s.number, c.version + s.number, s.text, s.image_url, s.client_message_id,
    c.updated_at
  FROM sent s JOIN conversation c ON c.id = s.conversation_id
  RETURNING id, seq, version, created_at AS "createdAt"`

async function insertMessages (pool: pg.Pool, drafts: Draft[]): Promise<Stored[]> {
  const columns = ([
    'id', 'conversationId', 'senderId', 'text', 'imageUrl', 'clientMessageId',
  ] as const).map(name => drafts.map(draft => draft[name]))
  const { rows } = await pool.query<Stored>({ text: insertMessagesSql }, columns)
  return rows
}

// Conversations of different shards do not wait for each other.
const shards = 2
const shardOf = (conversationId: string) => parseInt(conversationId.slice(-4), 16) % shards

/** One for all of a server, so that sends over HTTP and over sockets share their commits. */
export function createMessageWriter (pool: pg.Pool): MessageWriter {
  async function run (drafts: Draft[]): Promise<Array<PromiseSettledResult<Stored | undefined>>> {
    try {
      const stored = new Map((await insertMessages(pool, drafts)).map(row => [row.id, row]))
      return drafts.map(({ id }) => ({ status: 'fulfilled', value: stored.get(id) }))
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      if (drafts.length === 1) return [{ status: 'rejected', reason: error }]
      // One that breaks a rule is to fail alone: a repetition at the same moment, an unknown image. Halving finds
      // it in few statements.
      const middle = Math.ceil(drafts.length / 2)
      return [...await run(drafts.slice(0, middle)), ...await run(drafts.slice(middle))]
    }
  }

  const refuse = () => new Unavailable('Too many messages are waiting, try again shortly.')
  const batchers = Array.from({ length: shards }, () => createBatcher({ run, maxWaiting: 1_000, refuse }))
  return draft => batchers[shardOf(draft.conversationId)]!(draft)
}
