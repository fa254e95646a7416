import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { Redis, ReplyError, type RedisOptions } from 'ioredis'
import type { Config } from '../config.ts'

/**
 * What several nodes share besides the database. It may be away at any time: nothing is kept in it that must
 * not be lost.
 */
export interface SharedRedis {
  /**
   * For commands. Each is answered, or fails, within 200 ms: of those that are sent together, and of the ones
   * before them.
   */
  commands: Redis
  /** For subscriptions. Takes them only while it is `ready`, and forgets them with its connection. */
  subscriber: Redis
  /** Whether both connections answer within `timeout` milliseconds. */
  isUp(timeout: number): Promise<boolean>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Only with REDIS_URL. */
    redis: SharedRedis | undefined
  }
}

/** Longest wait for one command, in milliseconds: whoever waits for it goes on without. */
const commandTimeout = 100
/**
 * How often both connections are asked for a sign of life, and how long it may take, in milliseconds: a
 * broken line says nothing by itself.
 */
const heartbeatInterval = 2_000
const silenceLimit = 1_000
/** Longest wait for Redis at start, in milliseconds. */
const startLimit = 2_000

const oldestVersion = 7

const options = {
  // What cannot be sent now is not sent: hints that come late are worth nothing, and queues grow.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: silenceLimit,
  socketTimeout: silenceLimit,
  retryStrategy: attempts => Math.min(50 * 2 ** attempts, 1_000) + Math.random() * 200,
  connectionName: 'convo',
} satisfies RedisOptions

/** Says once that a connection was lost, and once that it is back. */
function logTurns (client: Redis, purpose: string, log: FastifyBaseLogger): void {
  let lost = false
  client.on('ready', () => {
    if (lost) log.info(`Redis is back for ${purpose}`)
    lost = false
  })
  client.on('error', err => {
    if (!lost) log.warn({ err }, `Redis is away for ${purpose}`)
    lost = true
  })
}

type Clients = Pick<SharedRedis, 'commands' | 'subscriber'>

/**
 * Tries what nodes tell each other by, with two channels at once, which a Redis Cluster refuses. Returns what
 * is wrong.
 */
async function tryOut ({ commands, subscriber }: Clients): Promise<string | undefined> {
  const clients = [commands, subscriber].filter(({ status }) => status !== 'ready')
  // Ends with the first error too: a Redis that refuses connections is not waited for.
  await Promise.all(clients.map(client => once(client, 'ready', { signal: AbortSignal.timeout(startLimit) })))
  const version = /redis_version:(\S+)/.exec(await commands.info('server'))?.[1]
  if (version !== undefined && Number.parseInt(version) < oldestVersion) {
    return `Redis ${oldestVersion} or newer is needed, this is ${version}`
  }
  await commands.spublish('convo#0', '')
  await subscriber.ssubscribe('convo#0', 'convo#1')
  await subscriber.sunsubscribe('convo#0', 'convo#1')
  return undefined
}

/** A Redis that is away for the moment is no reason not to start; one that refuses us, or is too old, is. */
async function requireUsable (clients: Clients): Promise<void> {
  const fault = await tryOut(clients).catch((error: Error) => error instanceof ReplyError ? error.message : undefined)
  if (fault !== undefined) throw new Error(`REDIS_URL: this Redis cannot be used: ${fault}`)
}

const redis: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  if (config.REDIS_URL === undefined) {
    app.decorate('redis', undefined)
    return
  }
  const commands = new Redis(config.REDIS_URL, { ...options, commandTimeout, enableAutoPipelining: true })
  const subscriber = new Redis(config.REDIS_URL, { ...options, autoResubscribe: false })
  logTurns(commands, 'commands', app.log)
  logTurns(subscriber, 'subscriptions', app.log)

  const askBoth = () => Promise.all([commands.ping(), subscriber.ping()]).then(() => true, () => false)
  const heartbeat = setInterval(askBoth, heartbeatInterval)
  function close (): void {
    clearInterval(heartbeat)
    commands.disconnect()
    subscriber.disconnect()
  }
  app.addHook('onClose', async () => close())
  await requireUsable({ commands, subscriber }).catch(error => {
    close()
    throw error
  })

  app.decorate('redis', {
    commands,
    subscriber,
    isUp: timeout => Promise.race([askBoth(), sleep(timeout, false)]),
  })
}

export default fp(redis, { name: 'redis' })
