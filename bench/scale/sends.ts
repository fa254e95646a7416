import { randomUUID, randomUUIDv7 } from 'node:crypto'
import type pg from 'pg'
import { createMessageWriter } from '../../src/modules/messages/public.ts'
import type { Draft } from '../../src/modules/messages/writer.ts'
import { createPool, type World } from './database.ts'

/** The statement that the server sends, got from the server's own writer. */
export async function sendStatement (): Promise<string> {
  let text = ''
  const pool = { query: async (config: { text: string }) => { text = config.text; return { rows: [] } } }
  await createMessageWriter(pool as unknown as pg.Pool)({
    id: randomUUID(),
    conversationId: randomUUID(),
    senderId: randomUUID(),
    text: 'x',
    imageUrl: null,
    clientMessageId: null,
  })
  return text
}

export interface Place { id: string, members: string[] }

const columns = ['id', 'conversationId', 'senderId', 'text', 'imageUrl', 'clientMessageId'] as const
export const valuesOf = (drafts: Draft[]) => columns.map(name => drafts.map(draft => draft[name]))
export const draftIn = ({ id, members }: Place): Draft =>
  ({
    id: randomUUIDv7(),
    conversationId: id,
    senderId: members[0]!,
    text: 'This is about as long as what people ' +
    'write to each other now.',
    imageUrl: null,
    clientMessageId: randomUUID()
  })

/** Where messages go, in an order that has nothing to do with where they are stored. */
export async function shuffledPlaces (client: pg.Client | pg.Pool): Promise<Place[]> {
  return (await client.query<Place>('SELECT id, members FROM filling.place ORDER BY md5(n::text) LIMIT 50000')).rows
}

export interface Rate { perSecond: number, cpu: number }

/**
 * Messages stored a second by the server's two shards, each a statement of `size` messages at a time, and
 * PostgreSQL's CPU time for one.
 */
export async function rateOfSends (world: World, size: number, seconds = 8): Promise<Rate> {
  const pool = createPool(world.url, 2, world.options)
  const places = await shuffledPlaces(pool)
  let sent = 0
  let next = 0
  async function shard (until: number): Promise<void> {
    while (performance.now() < until) {
      const drafts = Array.from({ length: size }, () => draftIn(places[next++ % places.length]!))
      const { rowCount } = await pool.query({ text: world.statement }, valuesOf(drafts))
      if (rowCount !== size) throw new Error(`${rowCount} of ${size} messages were stored`)
      sent += size
    }
  }
  const both = async (seconds: number) => {
    const until = performance.now() + seconds * 1000
    await Promise.all([shard(until), shard(until)])
  }
  await both(2)
  sent = 0
  const [start, cpu] = [performance.now(), world.cpu()]
  await both(seconds)
  const rate = { perSecond: sent / (performance.now() - start) * 1000, cpu: (world.cpu() - cpu) / sent * 1e6 }
  await pool.end()
  return rate
}

export interface Log { records: number, withPages: number }

/**
 * Bytes that a message leaves in the log: without whole pages, and right after a checkpoint, when every page
 * that is touched is written whole.
 */
export async function logOfSends (world: World, size: number): Promise<Log> {
  const pool = createPool(world.url)
  const places = (await shuffledPlaces(pool)).reverse()
  async function bytes (fullPages: 'on' | 'off'): Promise<number> {
    await pool.query(`ALTER SYSTEM SET full_page_writes = ${fullPages}`)
    await pool.query('SELECT pg_reload_conf()')
    await pool.query('SELECT pg_sleep(0.2)')
    await pool.query('CHECKPOINT')
    const lsn = async () => (await pool.query('SELECT pg_current_wal_lsn() AS lsn')).rows[0].lsn as string
    const before = await lsn()
    for (let i = 0; i < 1_024; i += size) {
      await pool.query({ text: world.statement }, valuesOf(places.splice(-size).map(draftIn)))
    }
    const difference = `SELECT pg_wal_lsn_diff('${await lsn()}', '${before}')::float AS diff`
    const { rows: [{ diff }] } = await pool.query(difference)
    return diff / 1_024
  }
  const records = await bytes('off')
  const withPages = await bytes('on')
  await pool.end()
  return { records, withPages }
}
