import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { createDatabase, createPool, type Database } from '../db.ts'
import { migrateDatabase, requireMigrated } from '../migrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: ReturnType<typeof createDatabase>
    /** What can be done with PostgreSQL, if it says so within `timeout` milliseconds; a standby is `read-only`. */
    databaseState(timeout: number): Promise<'connected' | 'read-only' | 'disconnected'>
  }
}

interface DbOptions { config: Config, seed: (db: Database) => Promise<void> }

const dbPlugin: FastifyPluginAsync<DbOptions> = async (app, { config, seed }) => {
  if (config.MIGRATE_ON_START) await migrateDatabase(config.DATABASE_URL, seed)
  else await requireMigrated(config.DATABASE_URL)

  const pool = createPool(config.DATABASE_URL)
  // Apart from the requests, as a pool that is busy is no database that is away.
  const probe = createPool(config.DATABASE_URL, 1)
  for (const connections of [pool, probe]) {
    // Without these a connection that PostgreSQL ends takes the process with it. Each tells of itself; an
    // idle one tells the pool too.
    connections.on('connect', client => client.on('error', err => app.log.warn({ err }, 'database connection lost')))
    connections.on('error', () => {})
  }

  app.decorate('db', createDatabase(pool))
  async function askDatabase () {
    const client = await probe.connect()
    let isWritable = false
    try {
      const { rows: [row] } = await client.query<{ isWritable: boolean }>(
        "SELECT NOT current_setting('transaction_read_only')::boolean AS \"isWritable\""
      )
      isWritable = row!.isWritable
      return isWritable ? 'connected' : 'read-only'
    } finally {
      // A session keeps the defaults it began with: the next one may write again.
      client.release(!isWritable)
    }
  }
  app.decorate('databaseState', async timeout => {
    const deadline = new Promise<'disconnected'>(resolve => setTimeout(resolve, timeout, 'disconnected').unref())
    return Promise.race([askDatabase().catch(() => 'disconnected' as const), deadline])
  })
  app.addHook('onClose', async () => {
    await Promise.all([pool.end(), probe.end()])
  })
}

export default fp(dbPlugin, { name: 'db' })
