import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { PreparingClient } from './lib/preparing-client.ts'

/** The pool or a transaction: what every query takes first. */
export type Database = PgDatabase<NodePgQueryResultHKT, Record<string, never>>

// Counters and positions (int8) are numbers here: they stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
// Times stay as they are written, for `toIso`.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, text => text)

/** How values are written, and what a transaction sees, whatever the database or its role have as defaults. */
const settings = {
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  default_transaction_isolation: 'read\\ committed',
}
const settingOptions = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' ')

/** A connection of its own, or one of a pool. Settings of the operator's in `url` stay, but for those above. */
export function connectionTo (url: string): Pick<pg.ClientConfig, 'connectionString'> {
  const address = new URL(url)
  const given = address.searchParams.get('options')
  address.searchParams.set('options', given === null ? settingOptions : `${given} ${settingOptions}`)
  return { connectionString: address.href }
}

/** A pool whose calls end within 4.5 s even if PostgreSQL is frozen: 2 s to get a connection, 2.5 s to answer. */
export function createPool (url: string, max = 10): pg.Pool {
  return new pg.Pool({
    ...connectionTo(url),
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
