import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { toErrorBody, Unauthenticated } from '../../errors.ts'
import { createLine } from '../../lib/line.ts'
import { createAntiEntropy } from './anti-entropy.ts'
import { broadcastFacts } from './broadcast.ts'
import { createDispatcher, type ClientSocket } from './handlers.ts'
import { createPresence } from './presence.ts'
import { relayFacts } from './relay.ts'
import { tellAgainAfterReunion } from './reunion.ts'
import { createRooms, sessionRoom, userRoom } from './rooms.ts'
import { createTyping } from './typing.ts'

const expiryCheckInterval = 5_000

const realtime: FastifyPluginAsync = async app => {
  const rooms = createRooms(app)
  const presence = createPresence(app)
  const typing = createTyping(app)
  const dispatch = createDispatcher(app, rooms, typing)
  const antiEntropy = createAntiEntropy(app, rooms)
  broadcastFacts(app, { rooms, presence, typing, antiEntropy })
  relayFacts(app)
  tellAgainAfterReunion(app, presence)

  async function admit (socket: ClientSocket): Promise<void> {
    const { token } = socket.handshake.auth as { token?: unknown }
    if (typeof token !== 'string') throw new Unauthenticated()
    const { sub: userId, jti: sessionId, exp: expiresAt } = await app.verifyToken(token)
    socket.data = { userId, sessionId, expiresAt }
    // Adapters pass handshakes between nodes, where a token has no business.
    socket.handshake.auth = {}
    await socket.join([userRoom(userId), sessionRoom(sessionId)])
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
    const line = createLine()
    socket.onAny((name: string, ...args: unknown[]) => dispatch(socket, line, name, args))
    socket.on('disconnect', () => {
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

export default fp(realtime, { name: 'realtime', encapsulate: true, dependencies: ['db', 'events', 'nodes', 'io', 'authenticate', 'validation', 'rate-limit', 'message-writer'] })
