import './lib/quick-imports.ts'
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { LogStream } from './app.ts'
import { readConfig, type PartialConfig } from './config.ts'
import { completeConfig } from './development/index.ts'
import { listeningUrl } from './lib/listening-url.ts'
import { isDatabaseUnavailable, postgresError } from './lib/postgres-errors.ts'

/** npm passes a Ctrl-C on that the terminal has already sent: within so many milliseconds it is the same one. */
const sameSignal = 500

/** What has not ended so long after the grace period is cut off, in milliseconds. */
const drainLimit = 8_000

async function prettyStream ({ NODE_ENV }: PartialConfig): Promise<LogStream | undefined> {
  if (NODE_ENV !== 'development' || !process.stdout.isTTY) return undefined
  const { default: pretty } = await import('pino-pretty')
  return pretty({ sync: true, ignore: 'pid,hostname' })
}

function logAddresses (app: FastifyInstance, config: PartialConfig): void {
  const url = listeningUrl(app.server)
  app.log.info(`API: ${url}/api/v1`)
  app.log.info(`documentation: ${url}/docs`)
  if (config.GOOGLE_CLIENT_ID === undefined) app.log.info(`development sign-in: POST ${url}/dev/google/token`)
}

async function main (): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile()
  const settings = readConfig(process.env)
  // Loading takes about as long as PostgreSQL takes to start, so both happen at once; and less when it was
  // compiled before.
  enableCompileCache(join(settings.DATA_DIR, 'compile-cache'))
  const loading = import('./app.ts')
  const { config, release } = await completeConfig(settings)
  const { buildApp } = await loading
  const app = await buildApp(config, await prettyStream(config)).catch(async error => {
    await release()
    throw error
  })

  let stopping: number | undefined
  let exitCode = 0
  async function stop (reason: string): Promise<void> {
    stopping = Date.now()
    setTimeout(() => process.exit(1), config.SHUTDOWN_GRACE_MS + drainLimit)
    app.log.info(`stopping: ${reason}`)
    // close() ends connections that are idle when listening ends, not those that answer first and would then
    // be kept alive.
    setInterval(() => { if (!app.server.listening) app.server.closeIdleConnections() }, 100)
    await app.close().then(release).catch(crash)
    process.exit(exitCode)
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping === undefined) void stop(signal)
      else if (Date.now() - stopping > sameSignal) process.exit(1)
    })
  }
  const crash = (err: unknown) => {
    exitCode = 1
    app.log.fatal({ err }, 'a fault nobody caught')
    if (stopping === undefined) void stop('a fault nobody caught')
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)

  try {
    await app.listen({ host: config.HOST, port: config.PORT })
  } catch (error) {
    await app.close()
    await release()
    throw error
  }
  logAddresses(app, config)
}

/**
 * One line for whoever starts the server (for settings, one each). Drizzle's own message would be the whole
 * statement.
 */
function describe (error: Error): string {
  if (!postgresError(error) && !isDatabaseUnavailable(error)) return error.message
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException
  return `DATABASE_URL: this database cannot be used: ${[code, message].filter(Boolean).join(' ')}`
}

main().catch((error: Error) => {
  console.error(describe(error))
  process.exit(1)
})
