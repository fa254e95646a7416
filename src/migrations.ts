import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { connectionTo, type Database } from './db.ts'
import { isDatabaseUnavailable, postgresError } from './lib/postgres-errors.ts'

export interface Migration {
  tag: string
  /** When it was written: the database knows it by that. */
  when: number
  hash: string
  statements: string[]
  /** Whether each statement is on its own, and may be run again. */
  isOutside: boolean
}

const migrationsFolder = fileURLToPath(new URL('../drizzle', import.meta.url))
const migrationLock = 0x636f6e76 // 'conv'
const turnPause = 100

/** The first line of a migration that no transaction is put around. */
const outsideMark = /^-- convo: outside transaction$/m

/** Whatever needs the same lock queues behind a statement that waits for it: so long at most, in milliseconds. */
const lockTimeout = 400
/** Then those who queued go first. */
const lockPause = 500
/** Statements that hold up nobody while they wait. */
const isPatient = /\bCONCURRENTLY\b|\bVALIDATE CONSTRAINT\b/
/** A lock was not to be had in time, or two waited for each other. */
const lockCodes = new Set<string | undefined>(['55P03', '40P01'])

const concurrentIndex = /\bCREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?"(\w+)"/

interface Journal { entries: Array<{ tag: string, when: number }> }

/** All migrations of this release, in order, as Drizzle keeps them in a folder. */
export async function readMigrations (folder = migrationsFolder): Promise<Migration[]> {
  const { entries } = JSON.parse(await readFile(`${folder}/meta/_journal.json`, 'utf8')) as Journal
  return Promise.all(entries.map(async ({ tag, when }) => {
    const text = await readFile(`${folder}/${tag}.sql`, 'utf8')
    return {
      tag,
      when,
      hash: createHash('sha256').update(text).digest('hex'),
      statements: text.split('--> statement-breakpoint'),
      isOutside: outsideMark.test(text),
    }
  }))
}

/** What the database lacks of these migrations. Throws if it has others: a newer release was here. */
async function findPending (client: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  const { rows: [table] } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS exists"
  )
  if (!table!.exists) return migrations
  const { rows } = await client.query<{ created_at: string }>('SELECT created_at FROM drizzle.__drizzle_migrations')
  const applied = new Set(rows.map(row => Number(row.created_at)))
  const pending = migrations.filter(({ when }) => !applied.delete(when))
  if (applied.size > 0) {
    throw new Error('DATABASE_URL: a newer release has migrated this database; start that one, or a newer one still')
  }
  return pending
}

/** Again and again while somebody else holds what it needs. */
async function insist (work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!lockCodes.has(postgresError(error)?.code)) throw error
      await sleep(lockPause)
    }
  }
}

/** Whether an index is there already. One whose building was interrupted is of no use, and goes. */
async function hasIndex (client: pg.Client, name: string): Promise<boolean> {
  const { rows: [index] } = await client.query<{ isValid: boolean }>(
    'SELECT indisvalid AS "isValid" FROM pg_index WHERE indexrelid = to_regclass($1)', [`public."${name}"`]
  )
  if (index?.isValid === false) await client.query(`DROP INDEX CONCURRENTLY public."${name}"`)
  return index?.isValid ?? false
}

async function runOutside (client: pg.Client, statement: string): Promise<void> {
  await client.query(`SET lock_timeout = ${isPatient.test(statement) ? 0 : lockTimeout}`)
  const index = concurrentIndex.exec(statement)?.[1]
  if (index === undefined || !await hasIndex(client, index)) await client.query(statement)
}

async function note (client: pg.Client, { hash, when }: Migration): Promise<void> {
  await client.query('INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)', [hash, when])
}

async function runInside (client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockTimeout}`)
    for (const statement of migration.statements) await client.query(statement)
    await note(client, migration)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

async function apply (client: pg.Client, migration: Migration): Promise<void> {
  if (!migration.isOutside) return insist(() => runInside(client, migration))
  for (const statement of migration.statements) await insist(() => runOutside(client, statement))
  await note(client, migration)
}

/** Applies what the database lacks of these migrations, on a connection that has its turn. */
async function applyPending (client: pg.Client, migrations: Migration[]): Promise<void> {
  // As Drizzle makes it, so that databases that it has migrated go on from there.
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS drizzle;
    CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (
      id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint
    )`)
  for (const migration of await findPending(client, migrations)) await apply(client, migration)
  await client.query('SET lock_timeout = 0')
}

/** Asked for in turns: to wait within a statement would hold up an index that is built beside it for ever. */
async function takeTurn (client: pg.Client): Promise<void> {
  const isTaken = async () => {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [migrationLock])
    return rows[0]!.taken
  }
  while (!await isTaken()) await sleep(turnPause)
}

async function withClient (url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    ...connectionTo(url), application_name: 'convo migrations', connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await work(client)
  } finally {
    await client.end()
  }
}

/**
 * Brings the database up to date, then runs `seed`. Nodes that start at once take turns: the lock
 * belongs to this connection, so a crash releases it. What a crash has left half done is done again.
 */
export async function migrateDatabase (
  url: string, seed: (db: Database) => Promise<void>, migrations?: Migration[]
): Promise<void> {
  const all = migrations ?? await readMigrations()
  await withClient(url, async client => {
    await takeTurn(client)
    await applyPending(client, all)
    await seed(drizzle(client, { casing: 'snake_case' }))
  })
}

/** Throws unless the database is one of this release. One that does not answer now is looked at no further. */
export async function requireMigrated (url: string): Promise<void> {
  const migrations = await readMigrations()
  try {
    await withClient(url, async client => {
      const [first, ...others] = await findPending(client, migrations)
      if (!first) return
      const lacking = others.length > 0 ? `${first.tag} and ${others.length} more migrations` : first.tag
      throw new Error(`DATABASE_URL: this database lacks ${lacking}; start once with MIGRATE_ON_START=true`)
    })
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
  }
}
