import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrateDatabase, readMigrations } from '../src/migrations.ts'
import { createDatabase, startServer, until } from './support/server.ts'

type Tap = Parameters<typeof createDatabase>[0]

const fixture = await readFile(new URL('support/fixtures/c7d8671.sql', import.meta.url), 'utf8')
const migrations = await readMigrations()
const seedNothing = async () => {}

async function connect (t: Tap, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

const filled = await createDatabase(t, { template: 'template0' })
const filler = new pg.Client(filled)
await filler.connect()
await filler.query(fixture)
await filler.end()
/** A database as the release before has left it. */
const createFilled = (t: Tap) => createDatabase(t, { template: new URL(filled).pathname.slice(1) })

/** All rows of all tables, as JSON. */
async function rowsOf (client: pg.Client): Promise<Record<string, Array<Record<string, unknown>>>> {
  const { rows: tables } = await client.query(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
  )
  const columns = tables.map(({ name }) =>
    `(SELECT json_agg(to_jsonb(t) ORDER BY to_jsonb(t)->>'id', to_jsonb(t)::text) FROM public.${name} t) AS ${name}`)
  const { rows: [all] } = await client.query(`SELECT ${columns.join()}`)
  return all
}

/** Whether every row is there again, and what came with it. */
async function isWhole (
  t: Pick<Test, 'match' | 'same'>, client: pg.Client, before: Awaited<ReturnType<typeof rowsOf>>
): Promise<void> {
  const after = await rowsOf(client)
  for (const [table, rows] of Object.entries(before)) t.match(after[table], rows, table)
  t.same(after.participants!.map(row => [row.shown_read_seq, row.last_delivered_seq, row.shown_delivered_seq]),
    before.participants!.map(row => [row.last_read_seq, row.last_read_seq, row.last_read_seq]))
  t.same(after.identities!.map(row => [row.issuer, row.subject, row.user_id]).sort(),
    before.users!.map(row => ['https://accounts.google.com', row.google_sub, row.id]).sort())
  t.same(after.blocks!.length, before.participants!.filter(row => row.is_blocked).length)
  t.same((await client.query('SELECT conname FROM pg_constraint WHERE NOT convalidated')).rows, [])
  const applied = 'SELECT hash FROM drizzle.__drizzle_migrations ORDER BY id'
  t.same((await client.query(applied)).rows.map(row => row.hash), migrations.map(({ hash }) => hash))
}

t.test('a database of the release before has every row again, and its people go on', async t => {
  const url = await createFilled(t)
  const client = await connect(t, url)
  const before = await rowsOf(client)
  t.ok(Object.values(before).every(rows => rows !== null), 'there is a row of every kind')
  await migrateDatabase(url, seedNothing)
  await isWhole(t, client, before)

  const server = await startServer(t, { DATABASE_URL: url })
  const [ada, dan, eva] = await Promise.all(['Ada', 'Dan', 'Eva'].map(
    name => server.signIn(name, `${name.toLowerCase()}@example.com`)
  ))
  t.equal(ada!.id, before.users!.find(row => row.name === 'Ada')!.id)
  const { body: { conversations } } = await ada!.get('/conversations')
  const withPerson = (id: string) => conversations.find((conversation: any) => conversation.otherUser?.id === id)
  t.match(withPerson(dan!.id), { isBlocked: true })
  t.match(withPerson(eva!.id), { isBlocked: false })
  t.match((await eva!.get(`/conversations/${withPerson(eva!.id).id}`)).body.conversation, { isBlocked: true })
  for (const person of [dan!, eva!]) {
    const { status } = await person.post(`/conversations/${withPerson(person.id).id}/messages`, { text: 'Hello?' })
    t.equal(status, 403)
  }
})

t.test('wherever it was interrupted, the next start finishes it', async t => {
  const outside = migrations.filter(({ isOutside }) => isOutside)
  t.ok(outside.length > 0)
  for (const migration of outside) {
    const before = migrations.slice(0, migrations.indexOf(migration))
    for (let done = 0; done <= migration.statements.length; done++) {
      const url = await createFilled(t)
      const client = await connect(t, url)
      const rows = await rowsOf(client)
      const interrupted = { ...migration, statements: [...migration.statements.slice(0, done), 'SELECT interrupted'] }
      await t.rejects(migrateDatabase(url, seedNothing, [...before, interrupted]), { code: '42703' })
      await migrateDatabase(url, seedNothing)
      await isWhole(t, client, rows)
    }
  }
})

t.test('a server that is killed in the midst of it leaves the rest to the next one', async t => {
  const url = await createFilled(t)
  const client = await connect(t, url)
  const before = await rowsOf(client)
  await client.query('BEGIN')
  await client.query('SELECT FROM participants WHERE last_read_seq > 0 FOR UPDATE')
  const program = "import { migrateDatabase } from './src/migrations.ts'; " +
    'await migrateDatabase(process.env.URL, () => {})'
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, URL: url }, stdio: 'inherit',
  })
  const watcher = await connect(t, url)
  await until(async () => (await watcher.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'convo migrations' AND " +
      "wait_event_type = 'Lock'"
  )).rowCount === 1, 30_000)
  child.kill('SIGKILL')
  await client.query('COMMIT')
  await migrateDatabase(url, seedNothing)
  await isWhole(t, client, before)
})

t.test('beside the release before, each sees what the other has written', async t => {
  const server = await startServer(t)
  const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
  const sides = await server.sql('SELECT google_sub, subject FROM users JOIN identities ON user_id = id')
  t.equal(sides.length, 2)
  t.ok(sides.every(({ google_sub: sub, subject }) => sub === subject), 'it knows who signed up here')

  const { id } = await ada.talkTo(bob)
  const isBlocked = async () =>
    (await server.sql('SELECT is_blocked FROM participants WHERE user_id = $1', [ada.id]))[0].is_blocked
  await ada.patch(`/conversations/${id}`, { isBlocked: true })
  t.equal(await isBlocked(), true)
  await ada.patch(`/conversations/${id}`, { isBlocked: false })
  t.equal(await isBlocked(), false)

  const itBlocks = async (blocks: boolean) => {
    await server.sql('UPDATE participants SET is_blocked = $1 WHERE user_id = $2', [blocks, bob.id])
    await server.sql('UPDATE conversations SET blockers = $1 WHERE id = $2', [Number(blocks), id])
    return (await bob.get('/conversations')).body.conversations[0].isBlocked
  }
  t.equal(await itBlocks(true), true)
  t.equal((await ada.post(`/conversations/${id}/messages`, { text: 'Hello?' })).status, 403)
  t.equal(await itBlocks(false), false)

  const cleo = await server.signIn('Cleo', 'cleo@example.com')
  const [{ google_sub: sub }] = await server.sql('SELECT google_sub FROM users WHERE id = $1', [cleo.id])
  await server.sql('DELETE FROM users WHERE id = $1', [cleo.id])
  await server.sql(`
    INSERT INTO users (id, google_sub, email, name, initials, avatar_color, username)
    VALUES ($1, $2, 'cleo@example.com', 'Cleo', 'C', '#000', 'cleo')`, [cleo.id, sub])
  t.equal((await server.signIn('Cleo', 'cleo@example.com')).id, cleo.id, 'who signed up there')

  await bob.say(id, 'Hello')
  await server.sql('UPDATE participants SET last_read_seq = 1 WHERE user_id = $1', [ada.id])
  t.same(await server.sql(
    'SELECT last_delivered_seq, shown_read_seq, shown_delivered_seq FROM participants WHERE user_id = $1', [ada.id]
  ), [{ last_delivered_seq: 1, shown_read_seq: 1, shown_delivered_seq: 1 }])
})
