import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { createDatabase, createPool, type Database } from '../db.ts'
import { migrateDatabase, requireMigrated } from '../migrations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: ReturnType<typeof createDatabase>
    /** Whether PostgreSQL answers within `timeout` milliseconds. */
    isDatabaseUp(timeout: number): Promise<boolean>
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
  app.decorate('isDatabaseUp', async timeout => {
    const deadline = new Promise<boolean>(resolve => setTimeout(resolve, timeout, false).unref())
    return Promise.race([probe.query('SELECT 1').then(() => true, () => false), deadline])
  })
  app.addHook('onClose', async () => {
    await Promise.all([pool.end(), probe.end()])
  })
}

export default fp(dbPlugin, { name: 'db' })
