import { fileURLToPath } from 'node:url'
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { PreparingClient } from './lib/preparing-client.ts'

/** The pool or a transaction: what every query takes first. */
export type Database = PgDatabase<NodePgQueryResultHKT, Record<string, never>>

// Counters and positions (int8) are numbers here: they stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
// Times stay as they are written, for `toIso`.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, text => text)

const migrationsFolder = fileURLToPath(new URL('../drizzle', import.meta.url))
const migrationLock = 0x636f6e76 // 'conv'

/** A pool whose calls end within 4.5 s even if PostgreSQL is frozen: 2 s to get a connection, 2.5 s to answer. */
export function createPool (url: string, max = 10): pg.Pool {
  return new pg.Pool({
    connectionString: url,
    application_name: 'convo',
    max,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_500,
    // Before the client gives up, so that PostgreSQL ends the statement and says so.
    statement_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    Client: PreparingClient,
  })
}

/**
 * Drizzle on the pool, with a transaction of our own: Drizzle's loses the connection for good when
 * BEGIN fails, and gives one back in the midst of its transaction when ROLLBACK does.
 */
export function createDatabase (pool: pg.Pool): NodePgDatabase & { $client: pg.Pool } {
  const db = drizzle(pool, { casing: 'snake_case' })
  db.transaction = async work => {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const result = await work(drizzle(client, { casing: 'snake_case' }) as unknown as Parameters<typeof work>[0])
      await client.query('COMMIT')
      client.release()
      return result
    } catch (error) {
      // Whatever state it is in, nobody else gets this connection: to close it is to roll back.
      client.release(true)
      throw error
    }
  }
  return db
}

/**
 * Brings the database up to date, then runs `seed`. Nodes that start at once take turns: the lock
 * belongs to this connection, so a crash releases it.
 */
export async function migrateDatabase (url: string, seed: (db: Database) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url, application_name: 'convo migrations', connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    const db = drizzle(client, { casing: 'snake_case' })
    await migrate(db, { migrationsFolder })
    await seed(db)
  } finally {
    await client.end()
  }
}
