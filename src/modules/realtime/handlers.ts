import type { Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { Forbidden, RateLimited, toErrorBody, ValidationFailed } from '../../errors.ts'
import type { SerialQueue } from '../../lib/serial-queue.ts'
import type { ClientToServerEvents, ServerToClientEvents, SocketData } from '../../plugins/io.ts'
import { requireMember } from '../membership/public.ts'
import { readMessage, sendMessage, type MessageWriter } from '../messages/public.ts'
import type { Throttle } from './throttle.ts'
import type { Rooms } from './rooms.ts'
import { clientEvents } from './schemas.ts'
import type { Typing } from './typing.ts'

export type ClientSocket = Socket<ClientToServerEvents, ServerToClientEvents, Record<string, never>, SocketData>

type EventName = keyof typeof clientEvents
type Handlers = {
  [Name in EventName]: (socket: ClientSocket, payload: Static<typeof clientEvents[Name]>) => Promise<object | void>
}
type Handler = (socket: ClientSocket, payload: unknown) => Promise<object | void>

/** How many events of one socket may wait for those before them. */
const maxWaiting = 100

/** Of these the last one counts, so too many of them are passed over in silence. */
const signals = new Set<string>(['typing:start', 'typing:stop'] satisfies EventName[])

/** What the events of one socket pass through. */
export interface Gate { queue: SerialQueue, throttle: Throttle }

interface DispatchParts {
  app: Pick<
    FastifyInstance,
    'db' | 'events' | 'nodes' | 'log' | 'compile' | 'isLimited' | 'limitCaller' | 'requireSession'
  >
  writer: MessageWriter
  rooms: Rooms
  typing: Typing
}

function createHandlers ({ app: { db, events, nodes }, writer, rooms, typing }: DispatchParts): Handlers {
  const memberOf = (socket: ClientSocket, conversationId: string) =>
    requireMember(db, socket.data.userId, conversationId)

  return {
    async join (socket, { userId }) {
      if (userId.toLowerCase() !== socket.data.userId) throw new Forbidden('A token speaks for its own user only.')
    },

    // Sockets are in the rooms of all their conversations anyway; this asks for certainty.
    async 'conversation:join' (socket, { conversationId }) {
      await memberOf(socket, conversationId)
      await rooms.settle(socket.data.userId)
      await nodes?.isListening()
    },

    async 'conversation:leave' (socket, payload) {
      const { conversationId } = await memberOf(socket, payload.conversationId)
      typing.stop(socket.data.userId, conversationId)
    },

    async 'typing:start' (socket, payload) {
      const { conversationId, blocked } = await memberOf(socket, payload.conversationId)
      if (!blocked && socket.connected) typing.start(socket.data.userId, conversationId, socket.id)
    },

    async 'typing:stop' (socket, payload) {
      const { conversationId } = await memberOf(socket, payload.conversationId)
      typing.stop(socket.data.userId, conversationId)
    },

    async 'message:send' (socket, { conversationId, ...draft }) {
      const { message } = await sendMessage({ db, events, writer }, socket.data.userId, conversationId, draft)
      return { message }
    },

    async 'message:read' (socket, { messageId }) {
      await readMessage({ db, events }, socket.data.userId, messageId)
    },
  }
}

/** Answers whatever a socket sends: known events through their schema, anything else with an error. Never throws. */
export function createDispatcher (parts: DispatchParts) {
  const { app } = parts
  const handlers = createHandlers(parts)
  const guarded = new Map<string, Handler>(Object.entries(clientEvents).map(([name, schema]) => {
    const parse = app.compile(schema)
    const handler = handlers[name as EventName] as Handler
    return [name, (socket, payload) => handler(socket, parse(payload))]
  }))

  async function handle (socket: ClientSocket, name: string, args: unknown[]): Promise<object | void> {
    const handler = guarded.get(name)
    if (!handler) throw new ValidationFailed('There is no such event.')
    if (args.length !== 1) throw new ValidationFailed('An event carries one payload.')
    return handler(socket, args[0])
  }

  /** Who goes on and on, though nothing of it is heard, is sent away. */
  function refuse (socket: ClientSocket, { throttle }: Gate): void {
    if (!socket.connected || throttle.mayBeRefused()) return
    app.log.info({ userId: socket.data.userId }, 'a socket floods, closing it')
    socket.disconnect(true)
  }

  /** One after the other, or two messages sent in one breath could change places. */
  async function answer (socket: ClientSocket, gate: Gate, name: string, args: unknown[]): Promise<object | void> {
    const { userId, sessionId } = socket.data
    await app.limitCaller({ userId }).catch(error => {
      refuse(socket, gate)
      throw error
    })
    if (gate.queue.length > maxWaiting) throw new RateLimited(1)
    return gate.queue.run(async () => {
      await app.requireSession({ sub: userId, jti: sessionId })
      return handle(socket, name, args)
    })
  }

  return async function dispatch (socket: ClientSocket, gate: Gate, name: string, args: unknown[]): Promise<void> {
    const acknowledge = typeof args.at(-1) === 'function' ? args.pop() as (reply: unknown) => void : () => {}
    if (app.isLimited && signals.has(name) && !gate.throttle.hasRoomForSignal()) {
      acknowledge({ ok: true })
      refuse(socket, gate)
      return
    }
    try {
      acknowledge({ ok: true, ...await answer(socket, gate, name, args) })
    } catch (err) {
      const error = toErrorBody(err)
      if (error.statusCode >= 500) {
        app.log[error.statusCode === 500 ? 'error' : 'warn']({ err, event: name }, 'socket event failed')
      }
      acknowledge({ ok: false, error })
    }
  }
}
