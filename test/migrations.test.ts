import pg from 'pg'
import t from 'tap'
import { migrateDatabase, readMigrations, requireMigrated, type Migration } from '../src/migrations.ts'
import { createDatabase, until } from './support/server.ts'

type Tap = Parameters<typeof createDatabase>[0]

t.jobs = 2

const landed = await readMigrations()
const seedNothing = async () => {}

let next = landed.at(-1)!.when + 1

/** A migration after those of this release. */
const migration = (statements: string[], isOutside: boolean): Migration =>
  ({ tag: `trial_${next}`, when: next++, hash: `hash ${next}`, statements, isOutside })

/** A migrated database with a table of its own, and what migrates it further. */
async function createTrial (t: Tap) {
  const url = await createDatabase(t)
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  await client.query('CREATE TABLE trial AS SELECT n, n / 2 AS pair FROM generate_series(1, 100) n')
  return {
    url,
    client,
    migrate: (...added: Migration[]) => migrateDatabase(url, seedNothing, [...landed, ...added]),
    applied: async () => (await client.query('SELECT hash FROM drizzle.__drizzle_migrations ORDER BY id')).rows
      .map(row => row.hash).slice(landed.length),
  }
}

const indexes = `
  SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
  WHERE indrelid = 'trial'::regclass`

t.test('a migration that fails leaves nothing behind', async t => {
  const { client, migrate, applied } = await createTrial(t)
  const failing = migration(['ALTER TABLE trial ADD COLUMN half int', 'SELECT nothing'], false)
  await t.rejects(migrate(failing), { code: '42703' })
  t.same((await client.query('SELECT * FROM trial LIMIT 1')).fields.map(({ name }) => name), ['n', 'pair'])
  t.same(await applied(), [])
})

t.test('one outside a transaction builds indexes beside sends, and goes on where it was interrupted', async t => {
  const { client, migrate, applied } = await createTrial(t)
  const outside = migration([
    'CREATE INDEX CONCURRENTLY "trial_by_n" ON trial (n)',
    'CREATE UNIQUE INDEX CONCURRENTLY "trial_by_pair" ON trial (pair)',
    'ALTER TABLE trial ADD COLUMN IF NOT EXISTS done boolean',
  ], true)
  await t.rejects(migrate(outside), { code: '23505' })
  t.same((await client.query(indexes)).rows, [
    { name: 'trial_by_n', valid: true }, { name: 'trial_by_pair', valid: false },
  ])
  t.same(await applied(), [])

  await client.query('UPDATE trial SET pair = n')
  await migrate(outside)
  t.same((await client.query(indexes)).rows.map(row => row.valid), [true, true])
  t.equal((await client.query('SELECT done FROM trial')).rowCount, 100)
  t.same(await applied(), [outside.hash])
})

t.test('batches are committed one by one, and not again', async t => {
  const { client, migrate } = await createTrial(t)
  await client.query('ALTER TABLE trial ADD COLUMN batch bigint')
  const fill = migration([`
    DO $$
    DECLARE
      lowest int := 0;
    BEGIN
      WHILE lowest < 100 LOOP
        UPDATE trial SET batch = pg_current_xact_id()::text::bigint
        WHERE n > lowest AND n <= lowest + 10 AND batch IS NULL;
        COMMIT;
        lowest := lowest + 10;
      END LOOP;
    END $$`], true)
  await migrate(fill)
  const { rows } = await client.query('SELECT DISTINCT batch FROM trial')
  t.equal(rows.length, 10)
  await migrate(fill, { ...fill, when: next++ })
  t.same((await client.query('SELECT DISTINCT batch FROM trial')).rows.length, 10)
})

t.test('what waits for a lock lets others pass', async t => {
  for (const isOutside of [false, true]) {
    const { url, client, migrate, applied } = await createTrial(t)
    const reader = new pg.Client(url)
    await reader.connect()
    t.teardown(() => reader.end())
    await reader.query('BEGIN')
    await reader.query('SELECT FROM trial')
    const change = migration(['ALTER TABLE trial ADD COLUMN late int'], isOutside)
    const migrating = migrate(change)
    const isWaiting = async () => (await client.query(
      "SELECT FROM pg_locks WHERE relation = 'trial'::regclass AND NOT granted"
    )).rowCount! > 0
    const slowest: number[] = []
    for (let i = 0; i < 3; i++) {
      await until(isWaiting)
      const began = performance.now()
      await client.query('INSERT INTO trial VALUES (0, 0)')
      slowest.push(performance.now() - began)
    }
    t.comment(`an insert waited ${Math.round(Math.max(...slowest))} ms at most`)
    t.ok(Math.max(...slowest) < 1_000)
    t.same(await applied(), [])
    await reader.query('COMMIT')
    await migrating
    t.same(await applied(), [change.hash])
  }
})

t.test('nodes that wait for their turn hold up no index that is built', async t => {
  const { migrate, applied } = await createTrial(t)
  const index = migration(['CREATE INDEX CONCURRENTLY "trial_by_n" ON trial (n)', 'SELECT pg_sleep(0.3)'], true)
  await Promise.all([1, 2, 3, 4].map(() => migrate(index)))
  t.same(await applied(), [index.hash])
})

t.test('a database that a newer release has migrated is left to that', async t => {
  const { url, migrate } = await createTrial(t)
  await migrate(migration(['ALTER TABLE trial ADD COLUMN newer int'], false))
  const refusal = { message: /^DATABASE_URL: a newer release has migrated this database; .+$/ }
  await t.rejects(migrateDatabase(url, seedNothing), refusal)
  await t.rejects(requireMigrated(url), refusal)
})

t.test('one that lacks something is named for what it lacks, and one that does not answer is none', async t => {
  const { url, client } = await createTrial(t)
  await requireMigrated(url)
  await client.query('DELETE FROM drizzle.__drizzle_migrations WHERE created_at = $1', [landed.at(-1)!.when])
  await t.rejects(requireMigrated(url), {
    message: `DATABASE_URL: this database lacks ${landed.at(-1)!.tag}; start once with MIGRATE_ON_START=true`,
  })
  await requireMigrated('postgresql://127.0.0.1:1/none')
})
