import pg from 'pg'
import { PreparingClient } from '../../src/lib/preparing-client.ts'

export interface World { url: string, statement: string, cpu: () => number, options?: string }

// Replaces a database's name in an address.
export function addressOf (url: string, database: string): string {
  const address = new URL(url)
  address.pathname = database
  return address.href
}

/** Connections as the server has them. A broken one is the matter of whoever waits for it. */
export function createPool (url: string, max = 1, options = ''): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max, options, Client: PreparingClient })
  pool.on('error', () => {})
  return pool
}

/** Of rows put in by themselves: neither triggers nor foreign keys, but every index as it grows in use. */
export async function connectToFill (url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    options: '-c session_replication_role=replica -c synchronous_commit=off -c work_mem=256MB -c ' +
      'max_parallel_workers_per_gather=0',
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

export interface Part { part: string, bytes: number }

/** The bytes of a table, its TOAST and each of its indexes, by row. */
export async function bytesPerRow (client: pg.Client | pg.Pool, table: string): Promise<Part[]> {
  const { rows } = await client.query<{ part: string, bytes: number }>(`
    SELECT part, bytes::float / (SELECT count(*) FROM ${table}) AS bytes FROM (
      SELECT 0 AS place, 'heap' AS part, pg_relation_size(oid) AS bytes FROM pg_class WHERE oid = '${table}'::regclass
      UNION ALL SELECT 1, 'TOAST', pg_total_relation_size(reltoastrelid) FROM pg_class
        WHERE oid = '${table}'::regclass AND reltoastrelid <> 0
      UNION ALL SELECT 2, indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
        WHERE indrelid = '${table}'::regclass
    ) parts ORDER BY place, part`)
  return rows
}

export const totalOf = (parts: Part[]) => parts.reduce((sum, { bytes }) => sum + bytes, 0)
