/** People who keep writing whatever happens, what they were told, and what is stored of it. */
import { subscribe } from 'node:diagnostics_channel'
import { io } from 'socket.io-client'
import type { Test } from 'tap'
import type { Message } from '../../../src/modules/messages/schemas.ts'
import { Listener } from '../listener.ts'
import { call } from '../server.ts'
import { ReferenceClient, type Account } from '../reference-client.ts'
import { signInAt, type ServerProcess } from '../server-process.ts'
import type { BreakableCluster } from './cluster.ts'

const statuses = new Map<number, number>()
const note = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1)
subscribe(
  'undici:request:headers', message => note((message as { response: { statusCode: number } }).response.statusCode)
)

/**
 * Of everything answered since the last check, over HTTP and in acknowledgements, nothing failed but with a
 * 503, or as the caller was bound to.
 */
export function checkStatuses (t: Test, ...bound: number[]): void {
  t.comment(`answered ${JSON.stringify(Object.fromEntries(statuses))}`)
  t.same([...statuses.keys()].filter(status => ![200, 201, 503, ...bound].includes(status)), [])
  statuses.clear()
}

export async function signUp (url: string, name: string): Promise<Account> {
  const token = await signInAt(url, `${name}@example.com`)
  const { body: { user } } = await call(`${url}/api/v1/auth/me`, 'GET', { token })
  return { url, token, userId: user.id }
}

export const ask = (account: Account, method: string, path: string, json?: unknown) =>
  call(`${account.url}/api/v1${path}`, method, { token: account.token, json })

/** A connection that is not made again when it is lost; rejects if it is refused. */
export async function listen (t: Pick<Test, 'teardown'>, { url, token }: Account): Promise<Listener> {
  const socket = io(url, { auth: { token }, forceNew: true, reconnection: false, transports: ['websocket'] })
  t.teardown(() => socket.disconnect())
  const listener = new Listener(socket)
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('connect_error', reject) })
  return listener
}

/** A client whose acknowledgements are counted too. */
export async function connectClient (t: Pick<Test, 'teardown'>, account: Account): Promise<ReferenceClient> {
  const client = new ReferenceClient(account)
  client.socket.io.on('packet', ({ type, data }: { type: number, data?: any }) => {
    const [reply] = type === acknowledgement ? data : []
    if (reply) note(reply.ok ? 200 : reply.error.statusCode)
  })
  t.teardown(() => client.close())
  await client.connect()
  return client
}

// Of Socket.IO's types of packets.
const acknowledgement = 3

/** A group with so many members. */
export async function createGroup (members: Account[]): Promise<string> {
  const { body: { group } } = await ask(members[0]!, 'POST', '/groups', { name: 'Club' })
  for (const member of members.slice(1)) await ask(member, 'POST', `/groups/${group.id}/join`)
  return group.id
}

export interface Writing {
  acknowledged: Message[]
  /** Resolves when all that was begun is acknowledged. */
  stop: () => Promise<void>
}

/** Writes one message after the other, each another text, every second one over the socket. */
export function keepWriting (clients: ReferenceClient[], conversationIds: string[]): Writing {
  const acknowledged: Message[] = []
  const stopping = new AbortController()
  const writing = Promise.all(clients.map(async (client, i) => {
    const conversationId = conversationIds[i % conversationIds.length]!
    for (let n = 0; !stopping.signal.aborted; n++) {
      const text = `${i}-${n}`
      acknowledged.push(await (n % 2 === 0 ? client.send(conversationId, text) : client.sendLive(conversationId, text)))
    }
  }))
  return {
    acknowledged,
    async stop () {
      stopping.abort()
      await writing
    },
  }
}

/** What was acknowledged is stored, once, and in each conversation the numbers have no gap. */
export async function checkStored (t: Test, cluster: BreakableCluster, acknowledged: Message[]): Promise<void> {
  const rows = await cluster.sql('SELECT id, conversation_id, seq, text FROM messages')
  const stored = new Map(rows.map(row => [row.id, row]))
  const lost = acknowledged.filter(({ id, conversationId, seq, text }) => {
    const row = stored.get(id)
    return row?.conversation_id !== conversationId || Number(row.seq) !== seq || row.text !== text
  })
  t.same(lost, [], 'nothing acknowledged is lost')
  t.equal(new Set(acknowledged.map(({ id }) => id)).size, acknowledged.length, 'or taken for something else')
  t.equal(new Set(rows.map(row => row.text)).size, rows.length, 'nothing is there twice')
  const miscounted = await cluster.sql(`
    SELECT c.id, c.last_seq, count(m), max(m.seq) FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
    GROUP BY c.id HAVING c.last_seq <> count(m) OR c.last_seq <> coalesce(max(m.seq), 0)`)
  t.same(miscounted, [], 'and no number is missing')
}

/** The server is as well as ever: nothing went astray in it, and it ends as it should. */
export async function checkSound (t: Test, server: ServerProcess): Promise<void> {
  t.same(server.log().split('\n').filter(line => /"level":[56]0/.test(line)), [])
  t.equal((await server.stop()).code, 0)
  t.equal(server.errors(), '')
}
