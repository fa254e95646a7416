import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket as SystemSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import proxyaddr from '@fastify/proxy-addr'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { Server, type Socket } from 'socket.io'
import type { Config } from '../config.ts'
import { hangUp } from '../lib/hang-up.ts'
import { createTally } from '../lib/tally.ts'
import { createOriginCheck } from './origins.ts'
import { addressKey } from './rate-limit.ts'

/** The sockets' events, filled in by the realtime module. */
export interface ClientToServerEvents {}
export interface ServerToClientEvents {}
export interface SocketData { userId: string, sessionId: string, expiresAt: number }

export type SocketServer = Server<ClientToServerEvents, ServerToClientEvents, Record<string, never>, SocketData>

declare module 'fastify' {
  interface FastifyInstance {
    io: SocketServer
    /** Closes all connections, at random moments within 2 s. Clients come back by themselves, here or elsewhere. */
    drainSockets(): Promise<void>
  }
}

/**
 * One address may keep so many connections open here, or as many as it may make calls: a whole office can be
 * behind it.
 */
const leastFromAddress = 1_000

/** Sockets that are sent away go at random moments of so long, lest all knock again at once, in milliseconds. */
const drainTime = (sockets: number) => Math.min(sockets * 2, 2_000)

/**
 * A client that takes longer to close its side, or to fetch the news that it is closed, is gone without a
 * word, in milliseconds.
 */
const closeTimeout = 1_000

/** As much of an origin is logged: whoever knocks says what they like. */
const longestOrigin = 200

/** What of Engine.IO's connections is used here, its types notwithstanding. */
interface Connection extends EventEmitter {
  request: IncomingMessage | null
  remoteAddress: string
  /** Polling has a `closeTimeout`; a WebSocket has a `socket`, and that one of the system's as long as it is open. */
  transport: { closeTimeout?: number, socket?: { _socket?: SystemSocket | null } }
}

/**
 * What has gathered for a socket while it was busy goes to the system in one piece: there, each write costs
 * as much as all else here.
 */
function writeAtOnce ({ transport }: Connection, packets: unknown[]): void {
  const connection = transport.socket?._socket
  if (packets.length < 2 || !connection) return
  connection.cork()
  process.nextTick(() => connection.uncork())
}

const io: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  const isTrusted = proxyaddr.compile([...config.TRUST_PROXY])
  const addressOf = (request: IncomingMessage) => proxyaddr(request, isTrusted)
  const connectionsFrom = createTally()
  const maxFromAddress = app.isLimited ? Math.max(leastFromAddress, config.RATE_LIMIT_MAX) : Infinity
  const isCrowded = (request: IncomingMessage) =>
    connectionsFrom.count(addressKey(addressOf(request))) >= maxFromAddress
  const mayConnect = createOriginCheck(config, isTrusted)

  const server: SocketServer = new Server(app.server, {
    serveClient: false,
    // Room for the longest message, every character escaped.
    maxHttpBufferSize: 128 * 1024,
    // Together: a client that is gone without a word is noticed within 45 s.
    pingInterval: 20_000,
    pingTimeout: 20_000,
    // Who has not signed in by then is gone after 10 s at most.
    connectTimeout: 8_000,
    ...app.nodes && { adapter: app.nodes.adapter },
    cors: ({ headers: { origin = '' } }, answer) => answer(null, {
      origin: [...config.FRONTEND_URL], methods: ['GET', 'POST'], credentials: config.FRONTEND_URL.includes(origin),
    }),
    // CORS does not cover WebSockets: browsers open them to anyone and only say from where.
    allowRequest: (request, allow) => {
      // Whoever knocks now comes back a little later, and finds another server.
      if (app.phase === 'closing') allow('The server is stopping.', false)
      else if (isCrowded(request)) allow('Too many connections from this address.', false)
      else if (mayConnect(request)) allow(null, true)
      else {
        app.log.info({ origin: request.headers.origin!.slice(0, longestOrigin) }, 'the origin of a socket was refused')
        allow(null, false)
      }
    },
  })
  app.decorate('io', server)
  // Engine.IO has a 500 for them.
  server.engine.use(({ method }: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (method === 'GET' || method === 'POST') next()
    else response.writeHead(405, { allow: 'GET, POST' }).end()
  })
  server.engine.on('connection', (connection: Connection) => {
    const address = addressOf(connection.request!)
    // Behind a proxy it would be the proxy's.
    connection.remoteAddress = address
    // The request that opened a connection would be kept as long as that is, and takes a third of its memory.
    connection.request = null
    connection.transport.closeTimeout = closeTimeout
    connectionsFrom.add(addressKey(address))
    connection.once('close', () => {
      connectionsFrom.remove(addressKey(address))
      setTimeout(() => connection.transport.socket?._socket?.destroy(), closeTimeout).unref()
    })
  })
  server.engine.on('flush', writeAtOnce)

  const connections = new Set<Duplex>()
  app.server.on('upgrade', (_request, connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })

  app.decorate('drainSockets', async () => {
    // Those that are still being admitted included.
    const { clients } = server.engine as unknown as { clients: Record<string, Socket['conn']> }
    const connections = Object.values(clients)
    await Promise.all(connections.map(async connection => {
      await sleep(Math.random() * drainTime(connections.length))
      hangUp(connection)
    }))
  })

  // A connection that stays open would hold close() for ever.
  app.addHook('preClose', async () => {
    await app.drainSockets()
    server.engine.close()
    setTimeout(() => { for (const connection of connections) connection.destroy() }, closeTimeout).unref()
  })
  app.addHook('onClose', async () => {
    await server.close()
  })
}

export default fp(io, { name: 'io', dependencies: ['shutdown', 'nodes', 'rate-limit'] })
