import { randomUUIDv7 } from 'node:crypto'
import { createDatabase } from '../../src/db.ts'
import {
  enterPresence, forgetChanges, readChanges, renewLease, sweepLeases,
} from '../../src/modules/realtime/queries.ts'
import { createPool, type World } from './database.ts'
import { conversations } from './fill.ts'
import { median } from './report.ts'

export interface Reading { changes: number, keys: number, ms: number, bytes: number, cpu: number, forgetting: number }

/** What every node does every 5 s: reads what the cluster has changed. */
export async function readingOfChanges (world: World, count: number): Promise<Reading> {
  const pool = createPool(world.url)
  const db = createDatabase(pool)
  await pool.query('TRUNCATE changes')
  const { next } = await readChanges(db)
  await pool.query(`
    INSERT INTO changes (conversation_id, version)
    SELECT p.id, change FROM generate_series(1, ${count}) change
    JOIN filling.place p ON p.n = change::bigint * 48271 % ${conversations}`)
  await pool.query('ANALYZE changes')
  const [times, cpu] = [[] as number[], world.cpu()]
  let read: Awaited<ReturnType<typeof readChanges>> | undefined
  for (let i = 0; i < 5; i++) {
    const start = performance.now()
    read = await readChanges(db, next)
    times.push(performance.now() - start)
  }
  const used = (world.cpu() - cpu) / 5 * 1000
  const start = performance.now()
  await forgetChanges(db, read!.next)
  const forgetting = performance.now() - start
  await pool.end()
  return {
    changes: count,
    keys: read!.changes.length,
    ms: median(times),
    bytes: JSON.stringify(read!.changes).length,
    cpu: used,
    forgetting
  }
}

export interface Coming { people: number, entering: number, sweeping: number }

/**
 * People who come to a node, a thousand in a statement as the server does it, and whom it takes offline when
 * it dies.
 */
export async function comingAndGoing (world: World, count: number): Promise<Coming> {
  const pool = createPool(world.url)
  const db = createDatabase(pool)
  const { rows } = await pool.query<{ id: string }>(`
    SELECT id FROM filling.person ORDER BY md5(n::text) LIMIT $1`, [count])
  const node = randomUUIDv7()
  await renewLease(db, node)
  const start = performance.now()
  for (let i = 0; i < count; i += 1_000) await enterPresence(db, node, rows.slice(i, i + 1_000).map(({ id }) => id))
  const entering = performance.now() - start
  await pool.query("UPDATE nodes SET renewed_at = now() - interval '1 hour'")
  await pool.query('ANALYZE presence, users')
  const death = performance.now()
  const gone = await sweepLeases(db, 15)
  if (gone.length !== count) throw new Error(`${gone.length} of ${count} people went offline`)
  const sweeping = performance.now() - death
  await pool.query('VACUUM users, presence')
  await pool.end()
  return { people: count, entering, sweeping }
}
