import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { Server } from 'socket.io'
import type { Config } from '../config.ts'

/** The sockets' events, filled in by the realtime module. */
export interface ClientToServerEvents {}
export interface ServerToClientEvents {}
export interface SocketData { userId: string, sessionId: string, expiresAt: number }

export type SocketServer = Server<ClientToServerEvents, ServerToClientEvents, Record<string, never>, SocketData>

declare module 'fastify' {
  interface FastifyInstance {
    io: SocketServer
    /** Closes all connections, at random moments within 2 s. Clients come back by themselves, here or elsewhere. */
    sendSocketsAway(): Promise<void>
  }
}

/** Sockets that are sent away go at random moments of so long, lest all knock again at once, in milliseconds. */
const farewellTime = (sockets: number) => Math.min(sockets * 2, 2_000)

/** A client that takes longer to close its side is gone without a word, in milliseconds. */
const farewellLimit = 1_000

/** What has gathered for a socket while it was busy goes to the system in one piece: there, each write costs as much as all else here. */
function writeAtOnce ({ transport }: { transport: { socket?: { _socket?: Socket | null } } }, packets: unknown[]): void {
  const connection = transport.socket?._socket
  if (packets.length < 2 || !connection) return
  connection.cork()
  process.nextTick(() => connection.uncork())
}

const io: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  const server: SocketServer = new Server(app.server, {
    serveClient: false,
    // Room for the longest message, every character escaped.
    maxHttpBufferSize: 128 * 1024,
    // Together: a client that is gone without a word is noticed within 45 s.
    pingInterval: 20_000,
    pingTimeout: 20_000,
    connectTimeout: 10_000,
    ...app.nodes && { adapter: app.nodes.adapter },
    cors: { origin: [...config.FRONTEND_URL], methods: ['GET', 'POST'] },
    // CORS does not cover WebSockets: browsers open them to anyone and only say from where.
    allowRequest: (request, allow) => {
      const { origin } = request.headers
      // Whoever knocks now comes back a little later, and finds another server.
      if (app.phase === 'closing') allow('The server is stopping.', false)
      else allow(null, origin === undefined || config.FRONTEND_URL.includes(origin))
    },
  })
  app.decorate('io', server)
  // The request that opened a connection would be kept as long as that is, and takes a third of its memory.
  server.engine.on('connection', (connection: { request: unknown }) => { connection.request = null })
  server.engine.on('flush', writeAtOnce)

  const connections = new Set<Duplex>()
  app.server.on('upgrade', (_request, connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })

  app.decorate('sendSocketsAway', async () => {
    // Those that are still being admitted included.
    const { clients } = server.engine as unknown as { clients: Record<string, { close (): void }> }
    const connections = Object.values(clients)
    await Promise.all(connections.map(async connection => {
      await sleep(Math.random() * farewellTime(connections.length))
      // Unlike disconnect(), this lets clients come back by themselves.
      connection.close()
    }))
  })

  // A connection that stays open would hold close() for ever.
  app.addHook('preClose', async () => {
    await app.sendSocketsAway()
    server.engine.close()
    setTimeout(() => { for (const connection of connections) connection.destroy() }, farewellLimit).unref()
  })
  app.addHook('onClose', async () => {
    await server.close()
  })
}

export default fp(io, { name: 'io', dependencies: ['shutdown', 'nodes'] })
