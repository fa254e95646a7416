import { randomBytes } from 'node:crypto'
import type { Config, PartialConfig } from '../config.ts'
import { keepSecret } from './secrets.ts'

export interface Completed { config: Config, release: () => Promise<void> }

/** Adds what development may leave out: a database, a secret. Production has both, as readConfig made sure. */
export async function completeConfig (config: PartialConfig): Promise<Completed> {
  const JWT_SECRET = config.JWT_SECRET ?? await keepSecret(
    config.DATA_DIR, 'jwt-secret', () => randomBytes(32).toString('hex')
  )
  if (config.DATABASE_URL !== undefined) {
    return { config: { ...config, JWT_SECRET, DATABASE_URL: config.DATABASE_URL }, release: async () => {} }
  }
  const { startEmbeddedPostgres } = await import('./embedded-postgres.ts')
  const { url, release } = await startEmbeddedPostgres(config.DATA_DIR)
  return { config: { ...config, JWT_SECRET, DATABASE_URL: url }, release }
}
