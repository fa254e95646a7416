/**
 * Prints how PostgreSQL carries out each query of a hot path, with real parameters from a filled
 * database (npm run db:fill), and fails if one of them reads a large table from end to end.
 *
 *   npm run db:plans            a line each
 *   npm run db:plans -- --full  with the whole plans
 */
import { randomUUIDv7 } from 'node:crypto'
import pg from 'pg'
import { readConfig } from '../src/config.ts'
import { createDatabase, createPool, type Database } from '../src/db.ts'
import { completeConfig } from '../src/development/index.ts'
import { isSessionActive } from '../src/modules/auth/public.ts'
import { listConversations } from '../src/modules/conversations/queries.ts'
import { listGroups, listMembers } from '../src/modules/groups/queries.ts'
import { requireMember } from '../src/modules/membership/public.ts'
import { listHistory, listRange } from '../src/modules/messages/select.ts'
import { contactsOf, membershipsOf, readChanges } from '../src/modules/realtime/queries.ts'
import { changesSince } from '../src/modules/sync/queries.ts'
import { listUsers } from '../src/modules/users/queries.ts'

const largeTables = ['users', 'conversations', 'participants', 'messages']
const full = process.argv.includes('--full')

/** Runs each statement twice: explained, and for its rows. */
class ExplainingPool extends pg.Pool {
  plans: string[] = []

  // The types are those of none of pg's overloads, since this stands for all of them.
  override query (config: unknown, values?: unknown): never {
    return this.#explain(config as string | { text: string }, values as unknown[]) as never
  }

  async #explain (config: string | { text: string }, values: unknown[]): Promise<pg.QueryResult> {
    const text = typeof config === 'string' ? config : config.text
    const { rows } = await super.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values)
    this.plans.push(rows.map(row => row['QUERY PLAN']).join('\n'))
    return super.query(config, values)
  }
}

function report (what: string, plans: string[]): boolean {
  const times = plans.map(plan => Number(/Execution Time: ([\d.]+)/.exec(plan)![1]))
  const scanned = plans.flatMap(plan => [...plan.matchAll(/Seq Scan on (\w+)/g)].map(match => match[1]!))
  const scans = scanned.filter(table => largeTables.includes(table))
  const total = times.reduce((sum, time) => sum + time, 0)
  const sequential = scans.length > 0 ? `   SEQUENTIAL: ${scans.join(' ')}` : ''
  console.log(`${what.padEnd(52)} ${plans.length} statements ${total.toFixed(2).padStart(8)} ms${sequential}`)
  if (full) console.log(plans.join('\n\n'), '\n')
  return scans.length === 0
}

async function explain (url: string): Promise<boolean> {
  const plain = createPool(url)
  const one = async (text: string, values: unknown[] = []) =>
    (await plain.query<{ id: string }>(text, values)).rows[0]!.id
  // The person in 500 conversations, their busiest group, and a direct conversation of theirs.
  const viewer = await one("SELECT id FROM users WHERE username = 'person1'")
  const stranger = await one("SELECT id FROM users WHERE username = 'person5000'")
  const big = await one("SELECT id FROM conversations WHERE type = 'group' ORDER BY member_count DESC LIMIT 1")
  const deep = await one(
    'SELECT id FROM messages WHERE conversation_id = $1 AND seq < 1000 ORDER BY seq DESC LIMIT 1', [big]
  )
  const versions: Record<string, number> = {}
  const { rows } = await plain.query<{ id: string, version: number }>(
    'SELECT c.id, c.version FROM conversations c JOIN participants p ON p.conversation_id = c.id WHERE p.user_id = $1',
    [viewer]
  )
  for (const { id, version } of rows) versions[id] = version
  const behind = Object.fromEntries(
    Object.entries(versions).map(([id, version], i) => [id, i < 10 ? version - 3 : version])
  )
  await plain.end()

  const pool = new ExplainingPool({ connectionString: url })
  const db = createDatabase(pool)
  let sound = true
  const look = async (what: string, use: (db: Database) => Promise<unknown>) => {
    await use(db)
    pool.plans = []
    await use(db)
    sound = report(what, pool.plans) && sound
  }
  const member = await requireMember(db, viewer, big)
  await look('session', db => isSessionActive(db, { sub: viewer, jti: randomUUIDv7() }))
  await look('conversation list, 500 conversations', db => listConversations(db, viewer, 50))
  await look('conversation list, one conversation', db => listConversations(db, stranger, 50))
  await look('membership', db => requireMember(db, viewer, big))
  await look('history, newest page', db => listHistory(db, big, member.viewer, 50))
  await look('history, deep page', db => listHistory(db, big, member.viewer, 50, deep))
  await look('gap in the middle', db => listRange(db, viewer, big, { afterSeq: 1000, limit: 100 }))
  await look('search, common part of a name', db => listUsers(db, viewer, { search: 'ada', limit: 50 }))
  await look('search, rare part of a name', db => listUsers(db, viewer, { search: 'person4242', limit: 50 }))
  await look('search, no match', db => listUsers(db, viewer, { search: 'zzzzqqq', limit: 50 }))
  // Fewer than three letters make no trigram: PostgreSQL walks the names in order, or all of them if few match.
  await look('search, two letters', db => listUsers(db, viewer, { search: 'ad', limit: 50 }))
  await look('people by name', db => listUsers(db, viewer, { limit: 50 }))
  await look('groups', db => listGroups(db, viewer, { limit: 50 }))
  await look('members of a group of 10,000', db => listMembers(db, viewer, big, 50))
  await look('sync, nothing changed', db => changesSince(db, viewer, { conversations: versions }))
  await look('sync, 10 of 500 changed', db => changesSince(db, viewer, { conversations: behind }))
  await look('sync, nothing known', db => changesSince(db, viewer, { conversations: {} }))
  await look('rooms of a socket', db => membershipsOf(db, viewer))
  await look('contacts of a person', db => contactsOf(db, [viewer]))
  const { next } = await readChanges(db)
  await db.execute('UPDATE conversations SET version = version WHERE id IN (SELECT id FROM conversations LIMIT 1000)')
  await look('1,000 changes since the last check', db => readChanges(db, next))
  await pool.end()
  return sound
}

const { config, release } = await completeConfig(readConfig(process.env))
try {
  process.exitCode = await explain(config.DATABASE_URL) ? 0 : 1
} finally {
  await release()
}
