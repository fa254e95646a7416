/**
 * Measures how long sends are held up while a database is migrated: fills one of the release before, sends
 * without a pause, and meanwhile brings it up to date. Uses DATABASE_URL, or the embedded database in DATA_DIR;
 * refuses one that has people in it.
 *
 *   node scripts/migrate-under-load.ts --from 0007_ground --users 100000 --messages 1000000
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { readConfig } from '../src/config.ts'
import { createPool } from '../src/db.ts'
import { completeConfig } from '../src/development/index.ts'
import { migrateDatabase, readMigrations } from '../src/migrations.ts'
import { insertMessagesSql } from '../src/modules/messages/writer.ts'
import { fillDatabase } from './example-data.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0007_ground' },
    users: { type: 'string', default: '100000' },
    messages: { type: 'string', default: '1000000' },
  },
})
const senders = 8
const restMs = 5_000

interface Place { userId: string, conversationId: string }
interface Send { began: number, took: number }

/** Sends without a pause, each in its own statement, until it is stopped. */
function startSending (pool: pg.Pool, places: Place[]) {
  const sends: Send[] = []
  const stopping = new AbortController()
  async function keepSending (first: number): Promise<void> {
    for (let n = first; !stopping.signal.aborted; n += senders) {
      const { userId, conversationId } = places[n % places.length]!
      const row = [randomUUID(), conversationId, userId, 'Meanwhile', null, randomUUID()]
      const began = performance.now()
      const { rowCount } = await pool.query({ text: insertMessagesSql }, row.map(value => [value]))
      if (rowCount !== 1) throw new Error('a send was refused')
      sends.push({ began, took: performance.now() - began })
    }
  }
  const running = Array.from({ length: senders }, (_, i) => keepSending(i))
  return {
    sends,
    stop: async (): Promise<void> => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

function report (what: string, sends: Send[], ms: number): void {
  const times = sends.map(({ took }) => took).sort((a, b) => a - b)
  const [median, p99, slowest] = [0.5, 0.99, 1].map(q => times[Math.ceil(q * times.length) - 1]!.toFixed(1))
  console.log(`${what}: ${sends.length} sends in ${Math.round(ms)} ms; ${median} ms, p99 ${p99}, slowest ${slowest}`)
}

const { config, release } = await completeConfig(readConfig(process.env))
const url = config.DATABASE_URL
const pool = createPool(url, senders)
try {
  const migrations = await readMigrations()
  const before = migrations.slice(0, migrations.findIndex(({ tag }) => tag === values.from))
  await migrateDatabase(url, async () => {}, before)
  await fillDatabase(url, { users: Number(values.users), messages: Number(values.messages) }, console.log)
  const { rows: places } = await pool.query<Place>(
    'SELECT user_id AS "userId", conversation_id AS "conversationId" FROM participants LIMIT 10000'
  )
  const { sends, stop } = startSending(pool, places)
  await sleep(restMs)
  const began = performance.now()
  await migrateDatabase(url, async () => {})
  const ended = performance.now()
  await sleep(restMs)
  await stop()
  const during = ({ began: at, took }: Send) => at + took >= began && at <= ended
  report('before', sends.filter(({ began: at, took }) => at + took < began), restMs)
  report('while it was migrated', sends.filter(during), ended - began)
  report('after', sends.filter(({ began: at }) => at > ended), restMs)
} finally {
  await pool.end()
  await release()
}
