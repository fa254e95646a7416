import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrateDatabase } from '../../src/migrations.ts'
import { call, createDatabase, startServer, until } from '../support/server.ts'

const databaseUrl = await createDatabase(t)
const direct = new pg.Pool({ connectionString: databaseUrl, max: 3 })
direct.on('error', () => {})
t.teardown(() => direct.end())

/** Stands between the server and PostgreSQL, and can go away, freeze and come back. */
async function createLine (t: Pick<Test, 'teardown'>) {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let frozen = false
  const line = createServer(near => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from)
      from.on('data', chunk => { if (!frozen) to.write(chunk) }).on('error', () => {}).on('close', () => to.destroy())
    }
  })
  const listen = async (at: number) => { await once(line.listen(at, '127.0.0.1'), 'listening') }
  const cut = () => {
    line.close()
    for (const socket of sockets) socket.destroy()
  }
  await listen(0)
  const { port: own } = line.address() as AddressInfo
  t.teardown(cut)
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${own}`
  return { url: url.href, cut, restore: () => listen(own), freeze: (on: boolean) => { frozen = on } }
}

const line = await createLine(t)
const server = await startServer(t, { DATABASE_URL: line.url })
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id: conversationId } = await ada.talkTo(bob)
const ear = await ada.connect()

const ready = () => call(`${server.url}/health/ready`, 'GET')
const backends = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'convo'"

t.test('while PostgreSQL is gone the server stays, says so, and goes on when it is back', async t => {
  line.cut()
  t.match(await ready(), { status: 503, body: { status: 'unavailable', database: 'disconnected' } })
  t.match(await call(`${server.url}/api/v1/health`, 'GET'), { status: 200, body: { status: 'ok' } })
  const refused = await ada.get('/users')
  t.match(refused, { status: 503, body: { statusCode: 503, code: 'UNAVAILABLE', error: 'Service Unavailable' } })
  t.equal(refused.headers.get('retry-after'), '1')
  t.notMatch(refused.body.message, /127\.0\.0\.1|ECONN/)
  t.match(await ear.ask('message:send', { conversationId, text: 'Hello' }), {
    ok: false, error: { statusCode: 503, code: 'UNAVAILABLE' },
  })

  const late = await startServer(t, {
    DATABASE_URL: line.url, JWT_SECRET: server.config.JWT_SECRET, MIGRATE_ON_START: 'false',
  })
  t.equal((await call(`${late.url}/health/ready`, 'GET')).status, 503, 'even one that starts meanwhile')

  await line.restore()
  await until(async () => (await ready()).status === 200)
  t.equal((await call(`${late.url}/api/v1/auth/me`, 'GET', { token: ada.token })).status, 200)
  t.match((await ready()).body, { status: 'ok', database: 'connected' })
  t.equal((await ada.get('/users')).status, 200)
  t.match(await ear.ask('message:send', { conversationId, text: 'Hello' }), { ok: true, message: { seq: 1 } })
})

t.test('a connection lost while idle is replaced unnoticed', async t => {
  await Promise.all(Array.from({ length: 5 }, () => ada.get('/users')))
  const { rows } = await direct.query(backends)
  const lost = () => server.log().split('database connection lost').length
  const before = lost()
  await direct.query(`SELECT pg_terminate_backend(pid) FROM (${backends}) AS own`)
  await until(() => lost() === before + rows.length)
  t.equal((await ada.get('/users')).status, 200)
})

t.test('a connection lost in the midst of a statement fails that request alone', async t => {
  const blocker = await direct.connect()
  await blocker.query('BEGIN')
  await blocker.query('LOCK TABLE users')
  const waiting = ada.get('/users')
  const stuck = `${backends} AND wait_event_type = 'Lock'`
  await until(async () => (await direct.query(stuck)).rows.length > 0)
  await direct.query(`SELECT pg_terminate_backend(pid) FROM (${stuck}) AS own`)
  t.match(await waiting, { status: 503, body: { code: 'UNAVAILABLE' } })
  await blocker.query('ROLLBACK')
  blocker.release()
  t.equal((await ada.get('/users')).status, 200)
})

t.test('a server all of whose connections are busy is ready, and asks on a connection of its own', async t => {
  const blocker = await direct.connect()
  await blocker.query('BEGIN')
  await blocker.query('LOCK TABLE users')
  const waiting = Array.from({ length: 12 }, () => ada.get('/users'))
  await until(async () => (await direct.query(`${backends} AND wait_event_type = 'Lock'`)).rows.length === 10)
  const answers = await Promise.all(Array.from({ length: 20 }, ready))
  t.same(answers.map(({ status }) => status), Array(20).fill(200))
  t.equal((await direct.query(backends)).rows.length, 11)
  await blocker.query('ROLLBACK')
  blocker.release()
  t.same((await Promise.all(waiting)).map(({ status }) => status), Array(12).fill(200))
})

t.test('a silent PostgreSQL is given up on, in a transaction and in the wait for a connection too', async t => {
  const blocker = await direct.connect()
  await blocker.query('BEGIN')
  await blocker.query('LOCK TABLE participants IN SHARE MODE')
  const calls = [ada.patch(`/conversations/${conversationId}`, { isMuted: true })]
  await until(async () => (await direct.query(`${backends} AND wait_event_type = 'Lock'`)).rows.length > 0)
  line.freeze(true)
  const began = Date.now()
  for (let i = 0; i < 15; i++) calls.push(ada.get('/users'))
  t.match(await ready(), { status: 503, body: { database: 'disconnected' } })
  t.ok(Date.now() - began < 2_000)
  for (const answer of await Promise.all(calls)) t.match(answer, { status: 503, body: { code: 'UNAVAILABLE' } })
  t.comment(`all answered after ${Date.now() - began} ms`)
  t.ok(Date.now() - began < 5_000)
  line.freeze(false)
  await blocker.query('ROLLBACK')
  blocker.release()
  await until(async () => (await ready()).status === 200)
})

t.test('a database is brought up to date at the start', async t => {
  t.test('by many nodes at once', async t => {
    const empty = await createDatabase(t, { template: 'template0' })
    const seeds: number[] = []
    await Promise.all([1, 2, 3].map(node => migrateDatabase(empty, async () => { seeds.push(node) })))
    t.equal(seeds.length, 3)
    const client = new pg.Client({ connectionString: empty })
    await client.connect()
    const { rows } = await client.query("SELECT to_regclass('messages') AS messages, to_regclass('users') AS users")
    await client.end()
    t.same(rows, [{ messages: 'messages', users: 'users' }])
  })

  t.test('unless MIGRATE_ON_START says otherwise', async t => {
    const url = await createDatabase(t)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('DELETE FROM conversations')
    await client.end()
    const groupsOf = async (MIGRATE_ON_START: string) => {
      const node = await startServer(t, { DATABASE_URL: url, MIGRATE_ON_START })
      return (await (await node.signIn()).get('/groups')).body.discover.length
    }
    t.equal(await groupsOf('false'), 0)
    t.ok(await groupsOf('true') > 0)
  })
})

t.test('none of it was taken for an error of the server\'s own', async t => {
  t.notMatch(server.log(), /"statusCode":500/)
})
