import { open } from 'node:fs/promises'
import { createServer, connect, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { drizzle } from 'drizzle-orm/node-postgres'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { isDatabaseUnavailable, postgresError, violatedConstraint } from '../../src/lib/postgres-errors.ts'
import { createDatabase } from '../support/server.ts'

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(() => { throw new Error('it succeeded') }, error => error)

t.test('errors of PostgreSQL', async t => {
  const connectionString = await createDatabase(t)
  const pool = new pg.Pool({ connectionString, max: 1 })
  pool.on('error', () => {})
  t.teardown(() => pool.end())
  const db = drizzle(pool)
  const raise = (code: string) =>
    failure(db.execute(sql.raw(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${code}'; END $$`)))

  t.test('are found wherever Drizzle has wrapped them', async t => {
    const error = await raise('22012')
    t.equal(postgresError(error)?.code, '22012')
    t.equal(postgresError(error.cause)?.code, '22012')
    for (const other of [
      new Error('x'), Object.assign(new Error('x'), { code: 'EPIPE' }),
      Object.assign(new Error('x'), { code: 'ABCDE' }), Object.assign(new Error('x'), { code: 12345 }), 'x', null,
      undefined,
    ]) {
      t.equal(postgresError(other), undefined)
    }
  })

  t.test('name the constraint that was violated', async t => {
    await db.execute(sql`CREATE TABLE only_one (id int CONSTRAINT only_one_unique UNIQUE)`)
    await db.execute(sql`INSERT INTO only_one VALUES (1)`)
    t.equal(violatedConstraint(await failure(db.execute(sql`INSERT INTO only_one VALUES (1)`))), 'only_one_unique')
    t.equal(violatedConstraint(await raise('22012')), undefined)
    t.equal(violatedConstraint(new Error('x')), undefined)
  })

  t.test('say whether the database could not answer or the statement was wrong', async t => {
    const unavailable = [
      '08006', '53100', '53200', '53300', '57014', '57P01', '57P02', '57P03', '58030', '40001', '40P01', '25006',
      '25P03', '25P04', '55P03',
    ]
    for (const code of unavailable) {
      t.ok(isDatabaseUnavailable(await raise(code)), code)
    }
    for (const code of ['22012', '23505', '42P01', 'P0001']) t.notOk(isDatabaseUnavailable(await raise(code)), code)
  })

  t.test('of a frozen or stopped database are recognised though they carry no code', async t => {
    const slow = new pg.Pool({ connectionString, max: 1, query_timeout: 20 })
    slow.on('error', () => {})
    t.ok(
      isDatabaseUnavailable(await failure(drizzle(slow).execute(sql`SELECT pg_sleep(0.3)`))),
      'a statement without an answer'
    )
    await slow.end()
    t.ok(isDatabaseUnavailable(await failure(slow.query('SELECT 1'))), 'a pool that is closed')

    const mute = createServer().listen(0, '127.0.0.1')
    t.teardown(() => mute.close())
    await once(mute, 'listening')
    const { port } = mute.address() as AddressInfo
    const hopeful = new pg.Pool({ host: '127.0.0.1', port, connectionTimeoutMillis: 20 })
    t.ok(isDatabaseUnavailable(await failure(hopeful.query('SELECT 1'))), 'a server that says nothing')
    t.ok(isDatabaseUnavailable(
      await failure(new pg.Client({ host: '127.0.0.1', port, connectionTimeoutMillis: 20 }).connect())
    ), 'without a pool as well')
    await hopeful.end()
  })
})

t.test('errors of the network', async t => {
  const { port } = await freePort()

  t.test('mean that the database is away', async t => {
    t.ok(isDatabaseUnavailable(await failure(new pg.Client({ host: '127.0.0.1', port }).connect())))
    t.ok(
      isDatabaseUnavailable(await failure(new pg.Client({ host: '/nonexistent' }).connect())), 'by its socket as well'
    )
  })

  t.test('mean so too when the host has several addresses', async t => {
    const both = [{ address: '127.0.0.1', family: 4 }, { address: '127.0.0.2', family: 4 }]
    const socket = connect({
      host: 'database', port, autoSelectFamily: true, lookup: (_host, _options, done) => done(null, both),
    })
    const [error] = await once(socket, 'error').catch(error => [error])
    t.type(error, AggregateError)
    t.ok(isDatabaseUnavailable(error))
    t.notOk(isDatabaseUnavailable(new AggregateError([new Error('x')])))
  })

  t.test('are told from those of the file system', async t => {
    t.notOk(isDatabaseUnavailable(await failure(open('/nonexistent/file', 'r'))))
    for (const other of [new Error('x'), Object.assign(new Error('x'), { syscall: 'connect' }), 'x', undefined]) {
      t.notOk(isDatabaseUnavailable(other))
    }
  })
})

async function freePort (): Promise<AddressInfo> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return address
}
