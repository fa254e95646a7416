import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { startEmbeddedPostgres } from '../../src/development/embedded-postgres.ts'
import { until } from '../support/server.ts'
import { createDataFolder, supervisorsOf, killNow, postgresOf, runningOn } from '../support/server-process.ts'

const folder = await createDataFolder(t)
const home = join(folder, 'postgres')
const supervisor = fileURLToPath(new URL('../../src/development/postgres-supervisor.ts', import.meta.url))

const count = async (url: string, what: string) => {
  const client = new pg.Client(url)
  await client.connect()
  const { rowCount } = await client.query(what)
  await client.end()
  return rowCount
}

t.test('a database that cannot be made is said, and PostgreSQL stops', async t => {
  await t.rejects(startEmbeddedPostgres(folder, ['default_transaction_read_only=on']), { message: /read-only/ })
  await until(() => runningOn(folder).length === 0)
})

t.test('a setting that PostgreSQL refuses is said', async t => {
  await t.rejects(startEmbeddedPostgres(folder, ['no_such_setting=on']), { message: /no_such_setting/ })
  t.same(postgresOf(folder), [])
})

t.test('a supervisor whose server is gone before it has begun stops what it starts', async t => {
  const child = fork(supervisor, [home, 'fsync=off'], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  child.disconnect()
  t.same(await once(child, 'exit'), [0, null])
  t.same(runningOn(folder), [])
})

t.test('a supervisor whose server is gone while it was loading does so too', async t => {
  const slow = '--import=data:text/javascript,await%20new%20Promise(resolve=>setTimeout(resolve,500))'
  const child = fork(supervisor, [home, 'fsync=off'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${slow}` },
  })
  child.disconnect()
  t.same(await once(child, 'exit'), [0, null])
  t.same(runningOn(folder), [])
})

t.test('a supervisor whose server is gone says its fault to nobody and ends', async t => {
  const child = fork(supervisor, [
    home, 'no_such_setting=on',
  ], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  child.disconnect()
  t.same(await once(child, 'exit'), [1, null])
})

t.test('a supervisor that is killed while it starts is said', async t => {
  const start = startEmbeddedPostgres(folder)
  await Promise.all([
    t.rejects(start, { message: /ended unexpectedly/ }),
    until(() => supervisorsOf(folder).length === 1).then(() => killNow(...supervisorsOf(folder))),
  ])
})

t.test('a release while a supervisor is being replaced leaves nothing running', async t => {
  const { url, release } = await startEmbeddedPostgres(folder, ['fsync=off'])
  t.equal(await count(url, 'SELECT 1'), 1)
  const [first] = supervisorsOf(folder)
  killNow(first!)
  await until(() => supervisorsOf(folder).some(pid => pid !== first))
  await release()
  t.same(runningOn(folder), [])
})

t.test('a PostgreSQL that cannot start again for a while is tried until it does', async t => {
  const { url, release } = await startEmbeddedPostgres(folder, ['fsync=off'])
  const control = join(home, 'data', 'global', 'pg_control')
  const [first] = supervisorsOf(folder)
  await rename(control, `${control}.away`)
  killNow(...postgresOf(folder))
  await until(() => supervisorsOf(folder).some(pid => pid !== first))
  const [second] = supervisorsOf(folder).filter(pid => pid !== first)
  await until(() => !supervisorsOf(folder).includes(second!), 30_000)
  await rename(`${control}.away`, control)
  await until(() => count(url, 'SELECT 1').then(() => true, () => false), 30_000)
  await release()
  t.same(runningOn(folder), [])
})

t.test('a supervisor that meets another one stopping PostgreSQL starts it again', async t => {
  const { url, release } = await startEmbeddedPostgres(folder, ['fsync=off'])
  // What the last supervisor does: takes the lock alone, then stops PostgreSQL.
  const client = new pg.Client(url.replace(/convo$/, 'postgres'))
  client.on('error', () => {})
  await client.connect()
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'convo supervisor'"
  )
  await client.query('SELECT pg_advisory_lock(1801807216)')
  await until(
    async () =>
      (await client.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).rowCount === 1
  )
  const [before] = postgresOf(folder)
  killNow(...postgresOf(folder))
  await until(() => postgresOf(folder)[0] !== undefined && postgresOf(folder)[0] !== before)
  await until(() => count(url, 'SELECT 1').then(() => true, () => false))
  t.equal(supervisorsOf(folder).length, 1)
  await release()
  t.same(runningOn(folder), [])
})
