import type pg from 'pg'
import { requireMessage } from '../../src/modules/messages/select.ts'
import { createPool, type World } from './database.ts'
import { watchQueries } from './queries.ts'
import { say } from './report.ts'
import { rateOfSends, type Rate } from './sends.ts'
import { Observer, type Seen } from './watch.ts'

export const partitions = 16

export interface Partitioned {
  refusals: string[][], withoutIndex: Seen, seen: Map<string, Seen>, rate: Rate, bytes: number,
}

/** What the database says to what it refuses. */
async function refusalOf (pool: pg.Pool, sql: string): Promise<string> {
  return pool.query(sql).then(
    () => 'accepted', (error: Error & { detail?: string }) => [error.message, error.detail].filter(Boolean).join(': ')
  )
}

/** Creates the partitions with the keys that they can have; returns those they refuse. */
async function createPartitions (pool: pg.Pool): Promise<string[][]> {
  const run = (sql: string) => pool.query(sql)
  await run('CREATE SCHEMA partitioned')
  await run(`
    CREATE TABLE partitioned.messages (LIKE public.messages INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY HASH (conversation_id)`)
  for (let i = 0; i < partitions; i++) {
    await run(`
      CREATE TABLE partitioned.messages_p${i} PARTITION OF partitioned.messages
      FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${i})`)
  }
  const keyRefused = await refusalOf(pool, 'ALTER TABLE partitioned.messages ADD PRIMARY KEY (id)')
  await run(`ALTER TABLE partitioned.messages ADD PRIMARY KEY (conversation_id, id),
    ADD UNIQUE (conversation_id, seq), ADD UNIQUE (conversation_id, version),
    ADD UNIQUE (conversation_id, sender_id, client_message_id),
    ADD FOREIGN KEY (conversation_id) REFERENCES conversations ON DELETE CASCADE,
    ADD FOREIGN KEY (sender_id) REFERENCES users ON DELETE CASCADE,
    ADD FOREIGN KEY (image_url) REFERENCES images`)
  const referenceRefused = await refusalOf(pool, `
    ALTER TABLE hidden_messages
    ADD FOREIGN KEY (message_id) REFERENCES partitioned.messages (id)`)
  const referenceToBothRefused = await refusalOf(pool, `
    ALTER TABLE hidden_messages
    ADD FOREIGN KEY (conversation_id, message_id) REFERENCES partitioned.messages (conversation_id, id)`)
  return [
    ['`PRIMARY KEY (id)`', keyRefused],
    ['`hidden_messages (message_id) REFERENCES messages (id)`', referenceRefused],
    [
      '`hidden_messages (conversation_id, message_id) REFERENCES messages (conversation_id, id)`',
      referenceToBothRefused,
    ],
  ]
}

async function fillPartitions (pool: pg.Pool): Promise<void> {
  await pool.query('ALTER TABLE partitioned.messages DISABLE TRIGGER ALL')
  await pool.query('INSERT INTO partitioned.messages SELECT * FROM public.messages')
  await pool.query('ALTER TABLE partitioned.messages ENABLE TRIGGER ALL')
  await pool.query('VACUUM (ANALYZE) partitioned.messages')
  say('partitions are filled')
}

async function watchWithoutIndex (pool: pg.Pool, url: string): Promise<Seen> {
  const observer = new Observer(url, 'partitioned,public')
  const { rows: [deep] } = await pool.query(`
    SELECT m.id, m.sender_id FROM partitioned.messages m
    JOIN filling.place p ON p.id = m.conversation_id AND p.n = 0 WHERE seq = 1000`)
  const seen = await observer.watch(db => requireMessage(db, deep.sender_id, deep.id))
  await observer.pool.end()
  return seen
}

/** The same messages in hash partitions, in a schema that hides the table they came from. */
export async function partition (world: World): Promise<Partitioned> {
  const pool = createPool(world.url)
  const refusals = await createPartitions(pool)
  await fillPartitions(pool)
  const withoutIndex = await watchWithoutIndex(pool, world.url)
  await pool.query('CREATE INDEX messages_by_id ON partitioned.messages (id)')
  await pool.query('ANALYZE partitioned.messages')
  const seen = await watchQueries(world, 'partitioned,public')
  const rate = await rateOfSends({ ...world, options: '-c search_path=partitioned,public' }, 32)
  const { rows: [{ bytes }] } = await pool.query(`
    SELECT sum(pg_total_relation_size(inhrelid))::float / (SELECT count(*) FROM partitioned.messages) AS bytes
    FROM pg_inherits WHERE inhparent = 'partitioned.messages'::regclass`)
  await pool.end()
  return { refusals, withoutIndex, seen, rate, bytes }
}
