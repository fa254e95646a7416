/** The world that is measured: a PostgreSQL with people, conversations and messages, and Convo on it. */
import { createHash, randomUUIDv7 } from 'node:crypto'
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import pg from 'pg'
import { fillDatabase } from '../scripts/example-data.ts'
import { migrateDatabase } from '../src/migrations.ts'
import { startEmbeddedPostgres } from '../src/development/embedded-postgres.ts'
import { foldAllNames, seedDefaultGroups } from '../src/modules/groups/public.ts'
import { cpuOfPostgres, pidOfPostgres, startServer, type Server } from './processes.ts'

export interface Size { users: number, messages: number, idle: number }

/** Kept from run to run, for it takes minutes to fill. */
const dataDir = join(tmpdir(), 'convo-bench')
const JWT_SECRET = 'for benchmarks only, and no secret at all'

/** The groups that scenarios ask for, by their number of members, who are persons from 3 on. */
export const groupSizes = [2, 100, 200, 1_000, 10_000]
const idleGroups = (size: Size) => size.idle / 5

// Persons from 5,001 on are those who are connected and idle, each in 20 groups of 100.
const ownStatements = (size: Size) => `
  CREATE TEMP TABLE person AS SELECT row_number() OVER (ORDER BY created_at) AS n, id FROM users;
  CREATE TEMP TABLE sized AS SELECT gen_random_uuid() AS id, unnest(ARRAY[${groupSizes.join(',')}]) AS members;
  INSERT INTO conversations (id, type, name, member_count)
    SELECT id, 'group', 'Group of ' || members, members FROM sized;
  INSERT INTO participants (id, user_id, conversation_id)
    SELECT gen_random_uuid(), p.id, s.id FROM sized s JOIN person p ON p.n BETWEEN 3 AND s.members + 2;
  CREATE TEMP TABLE quiet AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, ${idleGroups(size) - 1}) n;
  INSERT INTO conversations (id, type, name, member_count) SELECT id, 'group', 'Quiet group ' || n, 100 FROM quiet;
  INSERT INTO participants (id, user_id, conversation_id)
    SELECT gen_random_uuid(), p.id, q.id FROM person p CROSS JOIN generate_series(0, 19) k
    JOIN quiet q ON q.n = ((p.n - 5001) / 100 * 20 + k) % ${idleGroups(size)}
    WHERE p.n BETWEEN 5001 AND ${5_000 + size.idle};
  TRUNCATE changes;
  VACUUM ANALYZE;`

async function onDatabase (url: string, database: string, use: (client: pg.Client) => Promise<void>): Promise<string> {
  const address = new URL(url)
  address.pathname = database
  const client = new pg.Client({ connectionString: address.href })
  await client.connect()
  await use(client).finally(() => client.end())
  return address.href
}

/** A name that is another one whenever what is filled in would be. */
async function templateName (size: Size): Promise<string> {
  const migrations = (await readdir('drizzle')).filter(name => name.endsWith('.sql')).sort()
  const sources = [...migrations.map(name => join('drizzle', name)), 'scripts/example-data.ts', 'bench/world.ts']
  const texts = await Promise.all(sources.map(path => readFile(path, 'utf8')))
  const hash = createHash('sha256').update(texts.join('')).digest('hex')
  return `bench_${size.users}_${size.messages}_${hash.slice(0, 12)}`
}

async function fillTemplate (url: string, name: string, size: Size): Promise<void> {
  const draft = `${name}_draft_${process.pid}`
  await onDatabase(url, 'postgres', async client => { await client.query(`CREATE DATABASE ${draft}`) })
  await onDatabase(url, draft, async client => {
    const address = new URL(url)
    address.pathname = draft
    await migrateDatabase(address.href, seedDefaultGroups)
    await fillDatabase(address.href, size, line => console.error(line))
    await migrateDatabase(address.href, foldAllNames)
    for (const statement of ownStatements(size).split(';\n')) await client.query(statement)
  })
  await onDatabase(url, 'postgres', async client => { await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`) })
}

/** Removes what earlier versions of this program have filled, and what runs that were broken off left behind. */
async function clearUp (client: pg.Client, kept: string): Promise<void> {
  const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_%'")
  const size = kept.split('_').slice(0, 3).join('_')
  for (const { datname } of rows) {
    if (datname !== kept && (datname.startsWith(`${size}_`) || datname.startsWith('bench_run_'))) {
      await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`)
    }
  }
}

export interface World {
  size: Size
  databaseUrl: string
  sql<Row = any> (text: string, values?: unknown[]): Promise<Row[]>
  postgresCpu: () => number
  /** Signs people in; returns their tokens in the same order. */
  signIn (userIds: string[]): Promise<string[]>
  startConvo (settings?: Record<string, string>): Promise<Server>
  startBare (kind: 'fastify' | 'socket-io' | 'nodes', settings?: Record<string, string>): Promise<Server>
  release (): Promise<void>
}

/**
 * Starts PostgreSQL with its production settings and clones the filled database.
 * @param nodeOptions what Node is to be started with for Convo
 */
export async function createWorld (size: Size, nodeOptions: string[]): Promise<World> {
  await mkdir(dataDir, { recursive: true })
  const postgres = await startEmbeddedPostgres(dataDir, ['max_connections=200'])
  const template = await templateName(size)
  let isFilled = false
  await onDatabase(postgres.url, 'postgres', async client => {
    await clearUp(client, template)
    isFilled = (await client.query('SELECT FROM pg_database WHERE datname = $1', [template])).rowCount === 1
  })
  if (!isFilled) await fillTemplate(postgres.url, template, size)
  const run = `bench_run_${process.pid}`
  await onDatabase(
    postgres.url, 'postgres', async client => { await client.query(`CREATE DATABASE ${run} TEMPLATE ${template}`) }
  )
  // Or it would come in the midst of the first scenario.
  const databaseUrl = await onDatabase(postgres.url, run, async client => { await client.query('CHECKPOINT') })
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const signer = Fastify()
  await signer.register(jwt, {
    secret: JWT_SECRET, sign: { algorithm: 'HS256', iss: 'convo', aud: 'convo', expiresIn: '1d' },
  })

  return {
    size,
    databaseUrl,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    postgresCpu: () => cpuOfPostgres(pidOfPostgres(dataDir)),
    async signIn (userIds) {
      const sessions = userIds.map(() => randomUUIDv7())
      await pool.query(
        "INSERT INTO sessions (id, user_id, expires_at) SELECT id, user_id, now() + interval '1 day' FROM " +
          'unnest($1::uuid[], $2::uuid[]) AS s (id, user_id)',
        [sessions, userIds]
      )
      return userIds.map((sub, i) => signer.jwt.sign({ sub, jti: sessions[i]! }))
    },
    // As in production, apart from the limit on what one caller may ask for; and it is counted all the same.
    startConvo: (settings = {}) => startServer('../src/server.ts', dataDir, {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      JWT_SECRET,
      GOOGLE_CLIENT_ID: 'bench',
      RATE_LIMIT_MAX: '1000000000',
      SHUTDOWN_GRACE_MS: '0',
      ...settings,
    }, nodeOptions),
    startBare: (kind, settings = {}) => startServer(`limits/bare-${kind}.ts`, dataDir, { JWT_SECRET, ...settings }),
    async release () {
      await pool.end()
      await signer.close()
      await onDatabase(
        postgres.url, 'postgres', async client => { await client.query(`DROP DATABASE IF EXISTS ${run} WITH (FORCE)`) }
      )
      await postgres.release()
    },
  }
}
