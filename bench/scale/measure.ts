import type pg from 'pg'
import { cpuOfPostgres, pidOfPostgres } from '../processes.ts'
import { migrateDatabase } from '../../src/migrations.ts'
import { comingAndGoing, readingOfChanges, type Coming, type Reading } from './changes.ts'
import { addressOf, bytesPerRow, connectToFill, createPool, type Part, type World } from './database.ts'
import { fillMessages, peopleAndConversations } from './fill.ts'
import { partition, type Partitioned } from './partitions.ts'
import { watchQueries } from './queries.ts'
import { million, round, say } from './report.ts'
import { logOfSends, rateOfSends, sendStatement, type Log, type Rate } from './sends.ts'
import type { Seen } from './watch.ts'

export type Sizes = readonly [number, number]

export interface Sized {
  size: number,
  parts: Part[],
  seen: Map<string, Seen>,
  together: Rate,
  alone: Rate,
  logTogether: Log,
  logAlone: Log,
  hot: number,
}

interface Depth { name: string, levels: number }

/** What is measured at the smaller size only. */
interface Aside { changes: Reading[], comings: Coming[], partitioned: Partitioned, packed: Part[] }

export interface Figures extends Aside {
  sizes: Sizes,
  version: string,
  buffers: string,
  others: Map<string, Part[]>,
  atSmall: Sized,
  atLarge: Sized,
  depths: Depth[],
}

async function measureAt (world: World, size: number, parts: Part[]): Promise<Sized> {
  const seen = await watchQueries(world)
  say(`${million(size)}: queries are watched`)
  const together = await rateOfSends(world, 32)
  const alone = await rateOfSends(world, 1)
  say(`${million(size)}: ${round(together.perSecond)} sends/s in 32s, ${round(alone.perSecond)} alone`)
  const logTogether = await logOfSends(world, 32)
  const logAlone = await logOfSends(world, 1)
  const client = await connectToFill(world.url)
  const { rows: [{ hot }] } = await client.query(
    "SELECT n_tup_hot_upd::float / n_tup_upd AS hot FROM pg_stat_user_tables WHERE relname = 'conversations'"
  )
  await client.end()
  return { size, parts, seen, together, alone, logTogether, logAlone, hot }
}

async function fillPeople (filler: pg.Client): Promise<Map<string, Part[]>> {
  await filler.query(peopleAndConversations)
  say('people and conversations')
  const others = new Map<string, Part[]>()
  for (const table of ['users', 'sessions', 'conversations', 'participants']) {
    others.set(table, await bytesPerRow(filler, table))
  }
  return others
}

async function measureAside (small: World): Promise<Aside> {
  const changes: Reading[] = []
  for (const count of [1_000, 10_000, 100_000, 1_000_000]) changes.push(await readingOfChanges(small, count))
  say('changes are read')
  const comings: Coming[] = []
  for (const count of [1_000, 10_000, 40_000]) comings.push(await comingAndGoing(small, count))
  say('people came and went')
  const partitioned = await partition(small)
  say('partitions are watched')
  const rebuilder = await connectToFill(small.url)
  await rebuilder.query('REINDEX TABLE messages')
  const packed = await bytesPerRow(rebuilder, 'messages')
  await rebuilder.end()
  return { changes, comings, partitioned, packed }
}

/** Measures in a copy, so that the messages up to the larger size are put in as if nothing had been sent. */
async function measureSmall (world: World, size: number, parts: Part[]): Promise<Aside & { atSmall: Sized }> {
  const admin = createPool(addressOf(world.url, 'postgres'))
  await admin.query('CREATE DATABASE small TEMPLATE convo STRATEGY FILE_COPY')
  const small: World = { ...world, url: addressOf(world.url, 'small') }
  const atSmall = await measureAt(small, size, parts)
  const aside = await measureAside(small)
  await admin.query('DROP DATABASE small WITH (FORCE)')
  await admin.end()
  return { ...aside, atSmall }
}

async function measureLarge (world: World, [from, size]: Sizes): Promise<{ atLarge: Sized, depths: Depth[] }> {
  const filler = await connectToFill(world.url)
  await fillMessages(filler, from, size)
  const parts = await bytesPerRow(filler, 'messages')
  await filler.query('CREATE EXTENSION pageinspect')
  const { rows: depths } = await filler.query<Depth>(`
    SELECT indexrelid::regclass::text AS name, (bt_metap(indexrelid::regclass::text)).level + 1 AS levels
    FROM pg_index WHERE indrelid = 'messages'::regclass`)
  await filler.end()
  return { atLarge: await measureAt(world, size, parts), depths }
}

export async function measure (url: string, dataDir: string, sizes: Sizes): Promise<Figures> {
  const world: World = { url, statement: await sendStatement(), cpu: () => cpuOfPostgres(pidOfPostgres(dataDir)) }
  await migrateDatabase(url, async () => {})
  const filler = await connectToFill(url)
  const { rows: [{ version, buffers }] } = await filler.query(
    "SELECT current_setting('server_version') AS version, current_setting('shared_buffers') AS buffers"
  )
  const others = await fillPeople(filler)
  await fillMessages(filler, 0, sizes[0])
  const parts = await bytesPerRow(filler, 'messages')
  await filler.end()
  return {
    sizes, version, buffers, others, ...await measureSmall(world, sizes[0], parts), ...await measureLarge(world, sizes),
  }
}
