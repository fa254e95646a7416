import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { SharedRedis } from './redis.ts'

/** The way to the other nodes. Whatever goes it is a hint, and is lost while Redis is away. */
export interface Nodes {
  /** Lets Socket.IO emit to the sockets of other nodes. */
  adapter: ReturnType<typeof createShardedAdapter>
  /** Tells the other nodes that have a socket in the room; without a room, all. */
  publish(event: unknown, room?: string): void
  /** The listener gets what another node published. */
  subscribe(listener: (event: unknown) => void): void
  /**
   * Calls back when Redis was away, or refused to be spoken to, and is heard again; with how long that was,
   * in seconds.
   */
  onReturn(listener: (seconds: number) => void): void
  /** Resolves when this node hears what concerns every room that its sockets are in; or soon, while Redis is away. */
  isListening: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Only with REDIS_URL. */
    nodes: Nodes | undefined
  }
}

// As the adapter names its channels: one for all nodes, and one for each room, which the nodes with sockets
// in it subscribe to.
const channelPrefix = 'convo'
const everyone = `${channelPrefix}#/#`
const channelOf = (room: string) => `${everyone}${room}#`

/** Longest wait for a subscription, in milliseconds. */
const listeningLimit = 500
const channelsAtOnce = 1_000

/**
 * Subscribes to channels, those that are wanted in one turn of the event loop at once, and to all of them
 * again when Redis is back.
 */
function createSubscriptions ({ subscriber }: SharedRedis) {
  const wanted = new Set<string>()
  const changed = new Set<string>()

  function tellRedis (channels: string[]): void {
    if (subscriber.status !== 'ready') return
    for (let i = 0; i < channels.length; i += channelsAtOnce) {
      const some = channels.slice(i, i + channelsAtOnce)
      const [more, less] = [some.filter(channel => wanted.has(channel)), some.filter(channel => !wanted.has(channel))]
      // What fails fails with the connection, and the next one begins anew.
      if (more.length > 0) subscriber.ssubscribe(...more).catch(() => {})
      if (less.length > 0) subscriber.sunsubscribe(...less).catch(() => {})
    }
  }

  function flush (): void {
    tellRedis([...changed])
    changed.clear()
  }

  function change (channel: string): void {
    if (changed.size === 0) queueMicrotask(flush)
    changed.add(channel)
  }

  subscriber.on('ready', () => tellRedis([...wanted]))

  return {
    add (channel: string) {
      wanted.add(channel)
      change(channel)
    },
    delete (channel: string) {
      wanted.delete(channel)
      change(channel)
    },
    inForce: async (): Promise<void> => {
      if (subscriber.status !== 'ready') return
      flush()
      // Answers come in the order of the commands.
      await Promise.race([subscriber.ping().catch(() => {}), sleep(listeningLimit)])
    },
  }
}

function createNodes (redis: SharedRedis, log: FastifyBaseLogger): Nodes {
  const self = randomUUID()
  // Begins with another letter than whatever the adapter sends, and says from whom it is, since Redis returns
  // it to its sender.
  const frameOf = (node: string) => `["${node}",`
  const ownFrame = Buffer.from(frameOf(self))
  const isEvent = (message: Buffer) => message[0] === ownFrame[0]
  const isOwn = (message: Buffer) => message.subarray(0, ownFrame.length).equals(ownFrame)

  const { subscriber, commands } = redis

  function listen (listener: (message: Buffer, channel: Buffer) => void): void {
    subscriber.on('smessageBuffer', (channel: Buffer, message: Buffer) => {
      try {
        listener(message, channel)
      } catch (err) {
        log.error({ err }, 'no message of a node')
      }
    })
  }

  const subscriptions = createSubscriptions(redis)

  function publish (channel: string, message: string | Uint8Array): void {
    if (commands.status === 'ready') commands.spublish(channel, message as string).catch(() => {})
  }

  // The adapter takes any client that has these three. It would wait for Redis before it told its own
  // sockets: here it does not.
  const client = {
    sSubscribe (channel: string, handler: (message: Buffer, channel: Buffer) => void) {
      // One handler for all channels; this is the first.
      if (channel === everyone) listen((message, from) => { if (!isEvent(message)) handler(message, from) })
      subscriptions.add(channel)
    },
    sUnsubscribe: (channel: string) => subscriptions.delete(channel),
    async sPublish (channel: string, message: string | Uint8Array) { publish(channel, message) },
  }

  return {
    adapter: createShardedAdapter(client, client, { channelPrefix, subscriptionMode: 'dynamic' }),
    publish (event, room) {
      publish(room === undefined ? everyone : channelOf(room), `${frameOf(self)}${JSON.stringify(event)}]`)
    },
    subscribe (listener) {
      listen(message => {
        if (isEvent(message) && !isOwn(message)) listener((JSON.parse(message.toString()) as [string, unknown])[1])
      })
    },
    onReturn (listener) {
      let lostAt: number | undefined
      const clients = [commands, subscriber]
      const noteReturn = () => {
        if (lostAt === undefined || clients.some(({ status }) => status !== 'ready')) return
        listener((performance.now() - lostAt) / 1_000)
        lostAt = undefined
      }
      for (const client of clients) {
        // A connection that fails again is lost since the last one.
        client.on('close', () => { lostAt ??= performance.now() })
        client.on('ready', noteReturn)
      }
    },
    isListening: subscriptions.inForce,
  }
}

const nodes: FastifyPluginAsync = async app => {
  app.decorate('nodes', app.redis && createNodes(app.redis, app.log))
}

export default fp(nodes, { name: 'nodes', dependencies: ['redis'] })
