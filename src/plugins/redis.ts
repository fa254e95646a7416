import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { Redis, ReplyError, type RedisOptions } from 'ioredis'
import type { Config } from '../config.ts'

/** What several nodes share besides the database. It may be away at any time: nothing is kept in it that must not be lost. */
export interface SharedRedis {
  /** For commands. Each is answered, or fails, within 100 ms. */
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
/** How often both connections are asked for a sign of life, and how long it may take, in milliseconds: a broken line says nothing by itself. */
const heartbeatInterval = 2_000
const silenceLimit = 1_000
/** Longest wait for Redis at start, in milliseconds. */
const startLimit = 2_000

const oldestVersion = 7

const options: RedisOptions = {
  // What cannot be sent now is not sent: hints that come late are worth nothing, and queues grow.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: silenceLimit,
  socketTimeout: silenceLimit,
  retryStrategy: attempts => Math.min(50 * 2 ** attempts, 1_000) + Math.random() * 200,
  connectionName: 'convo',
}

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

/** A Redis that is away for the moment is no reason not to start; one that refuses us, or is too old, is. */
async function requireUsable (client: Redis): Promise<void> {
  let refusal: Error | undefined
  const noteRefusal = (error: Error) => { if (error instanceof ReplyError) refusal = error }
  client.on('error', noteRefusal)
  // Ends with the first error too: a Redis that refuses connections is not waited for.
  if (client.status !== 'ready') await once(client, 'ready', { signal: AbortSignal.timeout(startLimit) }).catch(() => {})
  client.off('error', noteRefusal)
  if (client.status !== 'ready') {
    if (refusal) throw new Error(`REDIS_URL: this Redis cannot be used: ${refusal.message}`)
    return
  }
  const version = /redis_version:(.*)/.exec(await client.info('server'))![1]!.trim()
  if (Number.parseInt(version) < oldestVersion) throw new Error(`REDIS_URL: Redis ${oldestVersion} or newer is needed, this is ${version}`)
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
  await requireUsable(commands).catch(error => {
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
