import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Config } from '../config.ts'
import { createDatabase, createPool, migrateDatabase, type Database } from '../db.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: NodePgDatabase
    /** Whether PostgreSQL answers within `timeout` milliseconds. */
    isDatabaseUp(timeout: number): Promise<boolean>
  }
}

interface DbOptions { config: Config, seed: (db: Database) => Promise<void> }

const dbPlugin: FastifyPluginAsync<DbOptions> = async (app, { config, seed }) => {
  if (config.MIGRATE_ON_START) await migrateDatabase(config.DATABASE_URL, seed)

  const pool = createPool(config.DATABASE_URL)
  // Without these a connection that PostgreSQL ends takes the process with it: idle ones report to the pool, busy ones themselves.
  const report = (error: Error) => app.log.warn({ err: error }, 'database connection lost')
  pool.on('error', report)
  pool.on('connect', client => client.on('error', report))

  app.decorate('db', createDatabase(pool))
  app.decorate('isDatabaseUp', async timeout => {
    const deadline = new Promise<boolean>(resolve => setTimeout(resolve, timeout, false).unref())
    return Promise.race([pool.query('SELECT 1').then(() => true, () => false), deadline])
  })
  app.addHook('onClose', () => pool.end())
}

export default fp(dbPlugin, { name: 'db' })
