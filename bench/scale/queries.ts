import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../src/db.ts'
import { listConversations } from '../../src/modules/conversations/queries.ts'
import { requireMember } from '../../src/modules/membership/public.ts'
import { deleteForEveryone } from '../../src/modules/messages/delete.ts'
import { readMessage } from '../../src/modules/messages/public.ts'
import { listHistory, listRange, requireMessage } from '../../src/modules/messages/select.ts'
import { changesSince } from '../../src/modules/sync/queries.ts'
import type { World } from './database.ts'
import { say } from './report.ts'
import { draftIn, shuffledPlaces, valuesOf } from './sends.ts'
import { Observer, type Seen } from './watch.ts'

type Subjects = Awaited<ReturnType<typeof subjectsOf>>
type Look = (what: string, use: (db: Database, i: number) => Promise<unknown>) => Promise<void>

/** Whom and what the queries are about: a person of 50 groups, the largest of them and what is in it. */
async function subjectsOf ({ pool, db }: Observer) {
  const all = async <Row>(text: string, values: unknown[] = []) => (await pool.query(text, values)).rows as Row[]
  const [{ id: viewer }] = await all<{ id: string }>('SELECT id FROM filling.person WHERE n = 0') as [{ id: string }]
  const [{ id: big }] = await all<{ id: string }>('SELECT id FROM filling.place WHERE n = 0') as [{ id: string }]
  const [{ id: deep }] = await all<{ id: string }>(`
    SELECT id FROM messages WHERE conversation_id = $1 AND seq = 1000`, [big]) as [{ id: string }]
  const mine = await all<{ id: string, version: number }>(`
    SELECT c.id, c.version FROM conversations c JOIN participants p ON p.conversation_id = c.id
    WHERE p.user_id = $1 ORDER BY c.id`, [viewer])
  const places = await shuffledPlaces(pool)
  const { viewer: reading } = await requireMember(db, viewer, big)
  // Messages of others that are unread, each the last of its conversation, and messages of the viewer's own.
  const unread = await all<{ id: string }>(`
    SELECT m.id FROM participants p
    CROSS JOIN LATERAL (
      SELECT id FROM messages m WHERE m.conversation_id = p.conversation_id AND m.sender_id <> p.user_id
      ORDER BY seq DESC LIMIT 1
    ) m
    WHERE p.user_id = $1 LIMIT 20`, [viewer])
  const own = await all<{ id: string }>(`
    SELECT id FROM messages WHERE conversation_id = $1 AND sender_id = $2 LIMIT 20`, [big, viewer])
  return { viewer, big, deep, mine, places, reading, unread, own }
}

async function watchReads (look: Look, { viewer, big, deep, mine, reading }: Subjects): Promise<void> {
  const versions = Object.fromEntries(mine.map(({ id, version }) => [id, version]))
  const behind = Object.fromEntries(mine.map(({ id, version }, i) => [id, i < 10 ? version - 3 : version]))
  await look('newest page of 50', db => listHistory(db, big, reading, 50))
  await look('deep page of 50, with its cursor', db => listHistory(db, big, reading, 50, deep))
  await look('gap: 100 after a `seq`', db => listRange(db, viewer, big, { afterSeq: 1_000, limit: 100 }))
  await look(
    `conversation list, 50 of ${mine.length} (last message, unread count)`, db => listConversations(db, viewer, 50)
  )
  await look(`/sync, nothing of ${mine.length} changed`, db => changesSince(db, viewer, { conversations: versions }))
  await look(`/sync, 10 of ${mine.length} changed`, db => changesSince(db, viewer, { conversations: behind }))
  await look('a message by its id', db => requireMessage(db, viewer, deep))
}

async function watchWrites (
  look: Look, { pool, db }: Observer, statement: string, { viewer, places, unread, own }: Subjects
): Promise<void> {
  const app = { db, events: { emit () {} } } as unknown as FastifyInstance
  await look('POST /messages/:id/read', (_db, i) => readMessage(app, viewer, unread[i]!.id))
  await look('DELETE /messages/:id, for everyone', (_db, i) => deleteForEveryone(app, viewer, own[i]!.id))
  await look('send, 1 message', () => pool.query({ text: statement }, valuesOf([draftIn(places.pop()!)])))
  await look('send, 32 messages', () => pool.query({ text: statement }, valuesOf(places.splice(-32).map(draftIn))))
  const repeated = draftIn(places.pop()!)
  await look('insert, ON CONFLICT on clientMessageId', (_db, i) => pool.query({
    text: `INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, client_message_id)
      VALUES ($1, $2, $3, $4, $4, $5, $6)
      ON CONFLICT (conversation_id, sender_id, client_message_id) DO NOTHING`,
  }, [
    randomUUIDv7(), repeated.conversationId, repeated.senderId, Date.now() + i, repeated.text, repeated.clientMessageId,
  ]))
}

/** What people ask for, with the server's own functions; with their names. */
export async function watchQueries ({ url, statement }: World, searchPath?: string): Promise<Map<string, Seen>> {
  const observer = new Observer(url, searchPath)
  const subjects = await subjectsOf(observer)
  const seen = new Map<string, Seen>()
  const look: Look = async (what, use) => {
    seen.set(what, await observer.watch(use))
    say(`${what}: ${seen.get(what)!.ms} ms`)
  }
  await watchReads(look, subjects)
  await watchWrites(look, observer, statement, subjects)
  await observer.pool.end()
  return seen
}
