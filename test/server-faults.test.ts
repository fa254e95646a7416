import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { createDatabase, createDataDir, createFolder } from './support/server.ts'
import { createDataFolder, isUp, runningOn, spawnServer } from './support/server-process.ts'

/** What a server that does not start says, line by line, with its exit code. */
async function refusal (settings: Record<string, string>) {
  const server = spawnServer(t, { DATA_DIR: await createDataDir(t), ...settings })
  const code = await server.ended
  t.equal(server.log(), '')
  return { code, lines: server.errors().trim().split('\n') }
}

t.test('wrong settings end the start with a line for each, and no value', async t => {
  const { code, lines } = await refusal({ PORT: 'hidden-a', JWT_SECRET: 'hidden-b', CLOUDINARY_API_KEY: 'hidden-c' })
  t.equal(code, 1)
  t.same(lines.map(line => line.split(':')[0]).sort(), [
    'CLOUDINARY_API_SECRET', 'CLOUDINARY_CLOUD_NAME', 'JWT_SECRET', 'PORT',
  ])
  t.notMatch(lines.join(), /hidden/)
})

t.test('production does not start with a short secret, nor without a Google client id', async t => {
  const production = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgresql://convo@127.0.0.1:1/convo',
    JWT_SECRET: 'x'.repeat(32),
    GOOGLE_CLIENT_ID: 'id.apps.googleusercontent.com',
  }
  for (const [settings, line] of [
    [{ JWT_SECRET: 'x'.repeat(31) }, 'JWT_SECRET: expected at least 32 characters'],
    [{ JWT_SECRET: '' }, 'JWT_SECRET: required in production'],
    [{ GOOGLE_CLIENT_ID: '' }, 'GOOGLE_CLIENT_ID: required in production'],
  ] as const) t.same(await refusal({ ...production, ...settings }), { code: 1, lines: [line] })
})

t.test('a database that cannot be reached is named in one line', async t => {
  const { code, lines } = await refusal({ DATABASE_URL: 'postgresql://convo:hidden@127.0.0.1:1/convo' })
  t.equal(code, 1)
  t.match(lines, [/^DATABASE_URL: .*ECONNREFUSED/])
  t.equal(lines.length, 1)
  t.notMatch(lines.join(), /hidden/)
})

t.test('a .env file is read, and with DATABASE_URL no database is embedded', async t => {
  const cwd = await createFolder(t)
  const folder = await createDataFolder(t)
  await writeFile(join(cwd, '.env'), `DATA_DIR=${join(cwd, 'from-env')}\nLOG_LEVEL=warn\nPORT=none\n`)
  const server = spawnServer(t, { DATABASE_URL: await createDatabase(t), LOG_LEVEL: 'info', DATA_DIR: folder }, { cwd })
  t.ok(await isUp(await server.ready()), 'the environment goes before it')
  t.notOk(existsSync(join(folder, 'postgres')))
  t.same(runningOn(folder), [])
  t.equal((await server.stop()).code, 0)
})

t.test('in a terminal the log is for people', async t => {
  const server = spawnServer(t, {
    DATABASE_URL: await createDatabase(t), DATA_DIR: await createDataDir(t),
  }, { preload: 'process.stdout.isTTY = true' })
  await server.ready()
  t.match(server.log(), /INFO.*: API: http/)
  t.equal((await server.stop()).code, 0)
})

t.test('MIGRATE_ON_START=false leaves a database as it is; an empty one cannot be used, as one line says', async t => {
  const url = await createDatabase(t, { template: 'template0' })
  const client = new pg.Client(url)
  await client.connect()
  t.teardown(() => client.end())
  const server = spawnServer(t, { DATABASE_URL: url, DATA_DIR: await createDataDir(t), MIGRATE_ON_START: 'false' })
  t.equal(await server.ended, 1)
  t.match(server.errors(), /^DATABASE_URL: this database lacks 0000_init and \d+ more migrations; start .+\n$/)
  t.same((await client.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).rows, [])
})

t.test('a database of a newer release is not touched, as one line says', async t => {
  const url = await createDatabase(t)
  const client = new pg.Client(url)
  await client.connect()
  t.teardown(() => client.end())
  await client.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('newer', 9999999999999)")
  for (const MIGRATE_ON_START of ['true', 'false']) {
    const server = spawnServer(t, { DATABASE_URL: url, DATA_DIR: await createDataDir(t), MIGRATE_ON_START })
    t.equal(await server.ended, 1)
    t.match(server.errors(), /^DATABASE_URL: a newer release has migrated this database; start .+\n$/)
  }
})
