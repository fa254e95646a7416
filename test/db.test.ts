import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdir } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { migrateDatabase } from '../src/migrations.ts'
import { chooseOwner } from '../src/development/postgres-binaries.ts'
import { seedDefaultGroups } from '../src/modules/groups/public.ts'
import { createDatabase, createFolder, startServer, until } from './support/server.ts'

const run = promisify(execFile)
const seeding = "import { migrateDatabase } from './src/migrations.ts'; import { seedDefaultGroups } from " +
  "'./src/modules/groups/public.ts'; await migrateDatabase(process.env.URL, seedDefaultGroups)"

type Tap = Parameters<typeof createFolder>[0]

async function connect (t: Tap, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.jobs = 2

t.test('a server waits for as long as another one migrates', async t => {
  const url = await createDatabase(t)
  const client = await connect(t, url)
  await client.query('SELECT pg_advisory_lock(1668247158)')
  const start = startServer(t, { DATABASE_URL: url })
  // Fastify gives a plugin ten seconds unless told otherwise.
  await Promise.race([start, sleep(10_500)])
  await client.query('SELECT pg_advisory_unlock(1668247158)')
  const { url: address } = await start
  t.equal((await fetch(`${address}/health/ready`)).status, 200)
})

t.test('five processes that migrate an empty database at once all succeed, and it is done once', async t => {
  const url = await createDatabase(t, { template: 'template0' })
  await Promise.all(
    Array.from({
      length: 5,
    }, () => run(process.execPath, ['--input-type=module', '--eval', seeding], { env: { ...process.env, URL: url } }))
  )
  const client = await connect(t, url)
  const { rows } = await client.query(`
    SELECT count(*) = count(DISTINCT hash) AS once, count(*) > 0 AS done FROM drizzle.__drizzle_migrations`)
  t.same(rows, [{ once: true, done: true }])
  t.same((await client.query("SELECT count(*) FROM conversations WHERE type = 'group'")).rows, [{ count: 5 }])
})

t.test('a process that dies while it migrates lets the next one do it', async t => {
  const url = await createDatabase(t, { template: 'template0' })
  const stuck = seeding.replace(
    'seedDefaultGroups)', '() => { process.stdout.write("in"); return new Promise(() => setInterval(() => {}, 1000)) })'
  )
  const child = spawn(process.execPath, [
    '--input-type=module', '--eval', stuck,
  ], { env: { ...process.env, URL: url }, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  let seeded = false
  const next = migrateDatabase(url, async () => { seeded = true })
  const client = await connect(t, url)
  const waiting = `
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock%'`
  await until(async () => (await client.query(waiting)).rowCount === 1)
  t.notOk(seeded)
  child.kill('SIGKILL')
  await next
  t.ok(seeded)
})

t.test('a connection lost in the midst of it fails the migration and nothing else', async t => {
  const url = await createDatabase(t, { template: 'template0' })
  const client = await connect(t, url)
  await t.rejects(migrateDatabase(url, async db => {
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'convo migrations' AND " +
        'datname = current_database()'
    )
    await db.execute('SELECT 1')
  }))
})

t.test('on PostgreSQL 15', async t => {
  const bin = '/usr/lib/postgresql/15/bin'
  const owner = await chooseOwner(['postgres'])
  if (!existsSync(bin) || !owner) {
    t.comment('skipped: needs the programs of PostgreSQL 15 and, to run them, to be root')
    return
  }
  const home = join(await createFolder({ teardown: () => {} }), 'pg15')
  // The user "postgres" has to pass through the folder above, which is removed with it.
  await mkdir(home)
  await Promise.all([home, join(home, '..')].map(path => chown(path, owner.uid, owner.gid)))
  const socket = createServer().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address() as AddressInfo
  socket.close()
  const data = join(home, 'data')
  await run(join(bin, 'initdb'), [
    '-D', data, '-A', 'trust', '-U', 'convo', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync',
  ], owner)
  await run(
    join(bin, 'pg_ctl'),
    ['-D', data, '-w', '-l', join(
      home, 'log'
    ), '-o', `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`, 'start'],
    owner
  )
  t.teardown(async () => {
    await run(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'], owner)
    await run('rm', ['-rf', join(home, '..')])
  })
  const url = `postgresql://convo@127.0.0.1:${port}/postgres`
  await migrateDatabase(url, seedDefaultGroups)

  await t.test('people sign in, find each other, talk, read and catch up', async t => {
    const server = await startServer(t, { DATABASE_URL: url })
    t.match(await server.sql('SHOW server_version'), [{ server_version: /^15/ }])
    const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
    const ear = await bob.connect()
    const { id } = await ada.talkTo(bob)
    const message = await ada.say(id, 'Hello')
    t.match(await ear.next('message:new'), { message: { id: message.id } })
    t.match((await bob.get('/users?search=ada')).body.users, [{ id: ada.id }])
    t.match((await bob.get('/conversations')).body.conversations, [{ id, unreadCount: 1 }])
    t.equal((await bob.post(`/messages/${message.id}/read`)).status, 200)
    t.match((await bob.post('/sync', { conversations: {} })).body.changed, [
      { conversation: { id, unreadCount: 0 }, messages: [{ text: 'Hello' }] },
    ])
    t.equal((await bob.get('/groups?search=e')).status, 200)
  })
})

t.test('whatever the defaults of a database, values are written and read in one way', async t => {
  const url = await createDatabase(t)
  const client = await connect(t, url)
  const defaults = [
    "datestyle = 'German'", "intervalstyle = 'sql_standard'", "timezone = 'Asia/Kathmandu'", 'extra_float_digits = -15',
    "bytea_output = 'escape'", "default_transaction_isolation = 'serializable'",
  ]
  for (const one of defaults) await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET ${one}`)
  const server = await startServer(t, { DATABASE_URL: `${url}?options=-c%20work_mem%3D8MB` })
  const { rows: [found] } = await server.app.db.$client.query(`
    SELECT timestamptz '2026-01-02 03:04:05.678Z' AS time, interval '1 day' AS days, 0.1::float8::text AS tenth,
      bytea '\\x00ff'::text AS bytes, current_setting('transaction_isolation') AS isolation,
      current_setting('work_mem') AS work_mem`)
  t.match(found, {
    time: '2026-01-02 03:04:05.678+00',
    days: { days: 1 },
    tenth: '0.1',
    bytes: '\\x00ff',
    isolation: 'read committed',
    work_mem: '8MB',
  })
  const [ada, bob] = [await server.signIn(), await server.signIn()]
  const { id } = await ada.talkTo(bob)
  const { createdAt } = await ada.say(id, 'Hello')
  t.ok(Math.abs(Date.now() - Date.parse(createdAt)) < 60_000)
  t.match((await bob.get(`/conversations/${id}`)).body.messages, [{ createdAt }])
  t.match((await bob.get('/conversations?limit=1')).body.conversations, [{ updatedAt: createdAt }])
})
