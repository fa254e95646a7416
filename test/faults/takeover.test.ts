import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { io, type Socket } from 'socket.io-client'
import t from 'tap'
import { call, createDatabase, createDataDir, until } from '../support/server.ts'
import { ReferenceClient, type Account } from '../support/reference-client.ts'
import { signInAt, spawnServer } from '../support/server-process.ts'
import { startBalancer } from '../support/faults/balancer.ts'

/**
 * How many people talk, how many are only there and with how many devices each; sends a second; milliseconds
 * of grace, and of sending before and after.
 */
const size = process.env.FAULTS === 'full'
  ? { talkers: 20, crowd: 98, devices: 10, sends: 100, grace: 5_000, around: 5_000 }
  : { talkers: 6, crowd: 6, devices: 9, sends: 30, grace: 500, around: 500 }

interface Row { id: string, conversation_id: string, seq: number, client_message_id: string }

const databaseUrl = await createDatabase(t)

async function startServers () {
  const settings = {
    DATABASE_URL: databaseUrl, DATA_DIR: await createDataDir(t), SHUTDOWN_GRACE_MS: String(size.grace),
  }
  const first = spawnServer(t, settings, { isCovered: false })
  const firstUrl = await first.ready()
  // Later than the first, whose secret it shares.
  const second = spawnServer(t, settings, { isCovered: false })
  return { first, url: await startBalancer(t, [firstUrl, await second.ready()]) }
}

async function createAccount (url: string, name: string): Promise<Account> {
  const token = await signInAt(url, `${name}@example.com`)
  const { body: { user } } = await call(`${url}/api/v1/auth/me`, 'GET', { token })
  return { url, token, userId: user.id }
}

async function connectDevice ({ url, token }: Account): Promise<Socket> {
  const socket = io(url, {
    auth: { token }, forceNew: true, transports: ['websocket'], reconnectionDelay: 200, reconnectionDelayMax: 2_000,
  })
  t.teardown(() => socket.disconnect())
  await new Promise<void>(resolve => socket.once('connect', resolve))
  return socket
}

async function gatherCrowd (url: string): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let number = 0; number < size.crowd; number++) {
    const account = await createAccount(url, `silent${number}`)
    sockets.push(...await Promise.all(Array.from({ length: size.devices }, () => connectDevice(account))))
  }
  return sockets
}

/** People in a circle, each in conversation with the next. */
async function gatherTalkers (url: string) {
  const accounts = await Promise.all(
    Array.from({ length: size.talkers }, (_, number) => createAccount(url, `talker${number}`))
  )
  return Promise.all(accounts.map(async (account, number) => {
    const json = { userId: accounts[(number + 1) % size.talkers]!.userId }
    const { body } = await call(`${url}/api/v1/conversations`, 'POST', { token: account.token, json })
    const client = new ReferenceClient(account)
    t.teardown(() => client.close())
    await client.connect()
    return { client, conversationId: body.conversation.id as string }
  }))
}

type Talkers = Awaited<ReturnType<typeof gatherTalkers>>

/**
 * Sends at a steady rate, by HTTP and over sockets in turn, until stopped; whoever gets no answer sends
 * again. A string is why one failed.
 */
function startSending (talkers: Talkers) {
  const sends: Array<Promise<{ row: Row, ms: number } | string>> = []
  async function send (number: number) {
    const { client, conversationId } = talkers[number % size.talkers]!
    const isLive = Math.floor(number / size.talkers) % 2 === 1
    const clientMessageId = randomUUID()
    const begun = Date.now()
    const { id, seq } = await client[isLive ? 'sendLive' : 'send'](conversationId, `message ${number}`, clientMessageId)
    return {
      row: { id, conversation_id: conversationId, seq, client_message_id: clientMessageId }, ms: Date.now() - begun,
    }
  }
  const begun = Date.now()
  const timer = setInterval(() => {
    // By the clock: on a busy machine an interval comes late.
    const due = (Date.now() - begun) / 1_000 * size.sends
    while (sends.length < due) sends.push(send(sends.length).catch(String))
  }, 10)
  t.teardown(() => clearInterval(timer))
  return () => {
    clearInterval(timer)
    return Promise.all(sends)
  }
}

async function readRows (): Promise<Row[]> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const { rows } = await client.query<Row>(
    'SELECT id, conversation_id, seq::int, client_message_id FROM messages ORDER BY conversation_id, seq'
  )
  await client.end()
  return rows
}

/** What becomes of each socket from now on: when and why it goes, and when it is back. */
function watch (sockets: Socket[]) {
  const begun = Date.now()
  const farewells: Array<{ reason: string, ms: number }> = []
  const returns: number[] = []
  for (const socket of sockets) {
    socket.once('disconnect', reason => farewells.push({ reason, ms: Date.now() - begun }))
    socket.once('connect', () => returns.push(Date.now() - begun))
  }
  return { farewells, returns }
}

t.test('a second server takes over from one that stops: nothing is lost, doubled or refused', async t => {
  const { first, url } = await startServers()
  const talkers = await gatherTalkers(url)
  const sockets = [...talkers.map(({ client }) => client.socket), ...await gatherCrowd(url)]
  const stopSending = startSending(talkers)
  await sleep(size.around)
  const { farewells, returns } = watch(sockets)

  const { code, ms } = await first.stop('SIGTERM')
  t.equal(code, 0)
  t.ok(ms < 15_000)
  t.notMatch(first.log(), /"level":(50|60)/)
  await until(() => returns.length === sockets.length, 30_000)
  t.ok(sockets.every(socket => socket.connected), 'every socket is back')
  t.same([...new Set(farewells.map(({ reason }) => reason))], ['transport close'])
  const times = farewells.map(({ ms }) => ms)
  t.ok(times[0]! > size.grace - 100, 'and none went before the grace period was over')
  t.comment(`SIGTERM to end: ${ms} ms; ${sockets.length} sockets went after ${times[0]} to ${times.at(-1)} ms ` +
    `and were back after ${returns[0]} to ${returns.at(-1)} ms`)

  await sleep(size.around)
  const sends = await stopSending()
  const answers = sends.filter(send => typeof send !== 'string')
  t.same(sends.filter(send => typeof send === 'string'), [], 'no send failed')
  const slowest = Math.max(...answers.map(({ ms }) => ms))
  t.comment(`${sends.length} sends, ${sends.length - answers.length} failed, the slowest took ${slowest} ms`)

  const rows = await readRows()
  const byOrder = (a: Row, b: Row) => a.client_message_id.localeCompare(b.client_message_id)
  t.same(
    rows.toSorted(byOrder), answers.map(({ row }) => row).sort(byOrder), 'and has one row, the one that was answered'
  )

  await Promise.all(talkers.map(({ client }) => client.sync()))
  for (const [number, { client, conversationId }] of talkers.entries()) {
    const there = rows.filter(row => row.conversation_id === conversationId)
    t.same(there.map(({ seq }) => seq), there.map((_, index) => index + 1), 'numbered without a gap')
    for (const side of [client, talkers[(number + 1) % size.talkers]!.client]) {
      t.same(
        side.messagesOf(conversationId).map(({ id }) => id), there.map(({ id }) => id), 'and both sides have them all'
      )
    }
  }
})
