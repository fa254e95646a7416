import pg from 'pg'
import t from 'tap'
import type { SyncRequest } from '../../src/modules/sync/schemas.ts'
import { startServer, type Person, type TestServer } from '../support/server.ts'
import { ReferenceClient, type SyncAnswer } from '../support/reference-client.ts'
import { findFaults, readRows, type Row } from '../support/faults/history.ts'

/** In milliseconds; more when the other tests run beside it. */
const limit = process.env.FAULTS === 'full' ? 5_000 : 20_000

/** Who came and went meanwhile is asked beside. */
const onlineOnes = '/conversations?limit=100'

interface Call { path: string, json: unknown, body: unknown }
interface Sync { json: SyncRequest, body: SyncAnswer }

/** Calls as a client makes them, and what they are answered. */
function watchCalls () {
  const calls: Call[] = []
  return {
    calls,
    fetch: (async (input, init) => {
      const response = await fetch(input, init)
      calls.push({
        path: String(input).split('/api/v1')[1]!,
        json: JSON.parse(String(init?.body ?? null)),
        body: await response.clone().json(),
      })
      return response
    }) as typeof fetch,
  }
}

/** What as many sends leave in the database, a last hour's worth of them, without the time they take. */
async function write (server: TestServer, conversationId: string, senderId: string, count: number): Promise<void> {
  await server.sql(`
    WITH c AS (
      UPDATE conversations SET last_seq = last_seq + $3, version = version + $3, updated_at = now()
      WHERE id = $1 RETURNING id, last_seq - $3 AS seq, version - $3 AS version
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, client_message_id, created_at)
    SELECT gen_random_uuid(), c.id, $2, c.seq + n, c.version + n, 'message ' || n, gen_random_uuid(),
      now() - interval '1 hour' * ($3 - n) / $3
    FROM c, generate_series(1, $3::int) n`, [conversationId, senderId, count])
}

/** Conversations of one person, half of them groups, half direct, each with somebody else who writes there. */
async function openConversations (
  server: TestServer, person: Person, count: number
): Promise<Array<{ id: string, other: Person }>> {
  const others = await server.signInMany(count / 2)
  const direct = await Promise.all(others.map(async other => ({ id: (await person.talkTo(other)).id, other })))
  const groups = await Promise.all(others.map(async other => {
    const { id } = (await other.post('/groups', { name: 'Away' })).body.group
    await person.post(`/groups/${id}/join`)
    return { id, other }
  }))
  return [...direct, ...groups]
}

/** The conversations of an answer that do not say that more remains, though it does. */
function silentlyCut ({ json, body }: Sync, rows: Row[]): string[] {
  return body.changed.filter(({ conversation, messages, limited }) => {
    const told = new Set(messages.map(({ id }) => id))
    const since = json.conversations[conversation.id]
    return !limited && rows.some(
      row => row.conversationId === conversation.id && row.version > since! && !told.has(row.id)
    )
  }).map(({ conversation }) => conversation.id)
}

t.test(`an hour offline: 10,000 messages of 50 conversations come in ${limit / 1_000} s and 150 requests`, async t => {
  const server = await startServer(t)
  const person = await server.signIn()
  const conversations = await openConversations(server, person, 50)
  for (const { id, other } of conversations) await write(server, id, other.id, 5)

  const { calls, fetch } = watchCalls()
  const client = new ReferenceClient({ url: server.url, token: person.token, userId: person.id }, { fetch })
  t.teardown(() => client.close())
  await client.connect()
  client.socket.disconnect()

  // One of them is a busy place; and in each a message that the client holds is deleted.
  for (const [i, { id, other }] of conversations.entries()) {
    await write(server, id, other.id, i === 0 ? 10_000 - 49 * 150 : 150)
    await other.delete(`/messages/${client.messagesOf(id)[0]!.id}?for=everyone`)
  }
  calls.splice(0)
  const begun = Date.now()
  await client.connect()
  const ms = Date.now() - begun

  const database = new pg.Client(server.databaseUrl)
  await database.connect()
  const rows = await readRows(database)
  await database.end()
  t.equal(rows.length, 10_000 + 50 * 5)
  const { gaps, reordered, missing } = findFaults([], rows, [
    {
      name: 'who was away', conversationIds: conversations.map(({ id }) => id), messagesOf: id => client.messagesOf(id),
    },
  ])
  t.same({ gaps, reordered, missing }, { gaps: [], reordered: [], missing: [] })
  t.same(calls.map(({ path }) => path).filter(path => path !== '/sync' && path !== onlineOnes), [])
  const syncs = calls.filter(({ path }) => path === '/sync') as Array<Call & Sync>
  t.same(syncs.flatMap(call => silentlyCut(call, rows)), [])
  t.ok(syncs.some(({ body }) => body.changed.some(({ limited }) => limited)))
  t.ok(calls.length + 1 <= 150, 'the socket\'s own request included')
  t.ok(ms <= limit, `${ms} ms`)
  t.comment(`caught up after ${ms} ms with ${calls.length} requests`)
})
