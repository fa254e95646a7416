import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../config.ts'
import { toErrorBody, TooManySockets, Unauthenticated } from '../../errors.ts'
import { createSerialQueue } from '../../lib/serial-queue.ts'
import type { Claims } from '../../plugins/authenticate.ts'
import type { MessageWriter } from '../messages/public.ts'
import { createAntiEntropy } from './anti-entropy.ts'
import { broadcast } from './broadcast.ts'
import { documentEvents } from './documentation.ts'
import { createThrottle } from './throttle.ts'
import { createDispatcher, type ClientSocket } from './handlers.ts'
import { createPresence } from './presence.ts'
import { relay } from './relay.ts'
import { resyncPresence } from './presence-resync.ts'
import { createRooms, sessionRoom, userRoom } from './rooms.ts'
import { createTyping } from './typing.ts'

const expiryCheckInterval = 5_000
/** How many sockets of one person a node keeps open. */
const maxSockets = 50

const realtime: FastifyPluginAsync<{ config: Config, writer: MessageWriter }> = async (app, { config, writer }) => {
  const rooms = createRooms(app)
  const presence = createPresence(app)
  const typing = createTyping(app)
  const dispatch = createDispatcher({ app, writer, rooms, typing })
  const antiEntropy = createAntiEntropy(app, rooms)
  broadcast({ io: app.io, events: app.events, rooms, markDelivered: antiEntropy.markDelivered })
  typing.stopWith(app.events)
  relay(app)
  resyncPresence(app, presence)
  documentEvents(app, config.PUBLIC_URL)

  app.events.on('session.revoked', ({ sessionId }) => app.io.local.in(sessionRoom(sessionId)).disconnectSockets(true))
  app.events.on('membership.repeated', ({ userId }) => { void rooms.refresh(userId) })
  app.events.on('block.changed', ({ conversationId }, origin) => {
    if (origin === 'remote') return
    // One node asks the database, and tells the sockets of all.
    presence.reveal(conversationId).catch(err => app.log.warn({ err }, 'a block was not announced'))
  })

  async function authenticate ({ auth, address }: ClientSocket['handshake']): Promise<Claims> {
    try {
      if (typeof auth.token !== 'string') throw new Unauthenticated()
      return await app.verifyToken(auth.token)
    } catch (error) {
      if (error instanceof Unauthenticated) await app.limitCaller({ address })
      throw error
    }
  }

  async function admit (socket: ClientSocket): Promise<void> {
    const { sub: userId, jti: sessionId, exp: expiresAt } = await authenticate(socket.handshake)
    await app.limitConnection(userId)
    socket.data = { userId, sessionId, expiresAt }
    // Adapters pass handshakes between nodes, where a token has no business.
    socket.handshake.auth = {}
    await socket.join([userRoom(userId), sessionRoom(sessionId)])
    if (app.isLimited && app.io.sockets.adapter.rooms.get(userRoom(userId))!.size > maxSockets) {
      throw new TooManySockets()
    }
    await rooms.settle(userId)
    await app.nodes?.isListening()
  }

  app.io.use((socket, next) => {
    admit(socket).then(() => next(), error => {
      const body = toErrorBody(error)
      if (body.statusCode >= 500) app.log.warn({ err: error }, 'a socket was not admitted')
      next(Object.assign(new Error(body.message), { data: body }))
    })
  })

  app.io.on('connection', socket => {
    const { userId, sessionId } = socket.data
    // A sign-out during the handshake found no socket to close.
    if (app.isRevoked(sessionId)) {
      socket.disconnect(true)
      return
    }
    presence.connected(userId)
    const gate = { queue: createSerialQueue(), throttle: createThrottle() }
    socket.onAny((name: string, ...args: unknown[]) => dispatch(socket, gate, name, args))
    socket.on('disconnect', () => {
      // Else it would stay open, with nobody signed in.
      socket.conn.close()
      typing.stopSocket(socket.id)
      presence.disconnected(userId)
    })
  })

  const expiryCheck = setInterval(() => {
    const now = Date.now() / 1000
    for (const socket of app.io.sockets.sockets.values()) {
      if (socket.data.expiresAt <= now) socket.disconnect(true)
    }
  }, expiryCheckInterval)

  app.addHook('onReady', async () => {
    await presence.start()
    await antiEntropy.start()
  })
  app.addHook('onClose', async () => {
    clearInterval(expiryCheck)
    await antiEntropy.stop()
    await presence.stop()
  })
}

export default fp(realtime, {
  name: 'realtime',
  encapsulate: true,
  dependencies: ['db', 'events', 'nodes', 'io', 'authenticate', 'validation', 'rate-limit'],
})
