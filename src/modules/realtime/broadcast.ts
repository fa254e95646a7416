import type { FastifyInstance } from 'fastify'
import type { AntiEntropy } from './anti-entropy.ts'
import type { Presence } from './presence.ts'
import { conversationRoom, sessionRoom, userRoom, type Rooms } from './rooms.ts'
import type { Typing } from './typing.ts'

interface Realtime { rooms: Rooms, presence: Presence, typing: Typing, antiEntropy: AntiEntropy }

/**
 * From facts to the sockets of this node, wherever they happened: the only place where what other
 * modules did becomes an event.
 */
export function broadcastFacts (app: FastifyInstance, { rooms, presence, typing, antiEntropy }: Realtime): void {
  const { events } = app
  const io = app.io.local
  const { tell } = antiEntropy

  events.on('message.sent', ({ message }) => {
    const { conversationId, version } = message
    io.to(conversationRoom(conversationId)).emit('message:new', { conversationId, version, message })
    tell({ conversationId, version })
    typing.stop(message.senderId, conversationId)
  })

  events.on('messages.read', ({ type, ownVersion, ...read }) => {
    const { conversationId, userId, version } = read
    // In a group, what one has read is nobody else's business.
    const room = type === 'direct' ? conversationRoom(conversationId) : userRoom(userId)
    io.to(room).emit('message:status', { ...read, status: 'read' })
    if (type === 'direct') tell({ conversationId, version })
    tell({ userId, version: ownVersion })
  })

  events.on('message.deleted', deletion => {
    const { conversationId, version } = deletion
    io.to(conversationRoom(conversationId)).emit('message:deleted', deletion)
    tell({ conversationId, version })
  })

  events.on('conversation.opened', ({ conversationId, version, userIds }) => {
    for (const userId of userIds) {
      rooms.join(userId, conversationId)
      tell({ conversationId, userId })
    }
    io.to(userIds.map(userRoom)).emit('sync:required', { conversationId, version })
  })

  events.on('member.joined', ({ conversationId, version, user, presenceHiddenFrom }) => {
    rooms.join(user.id, conversationId)
    const hiddenFrom = presenceHiddenFrom.map(userRoom)
    io.to(
      conversationRoom(conversationId)
    ).except(hiddenFrom).emit('group:member-joined', { conversationId, version, user })
    // To no room at all would be to everyone.
    if (hiddenFrom.length > 0) {
      io.to(hiddenFrom).emit('group:member-joined', {
        conversationId, version, user: { ...user, isOnline: false, lastActive: null },
      })
    }
    tell({ conversationId, version })
    tell({ conversationId, userId: user.id })
  })

  events.on('member.left', ({ conversationId, version, userId }) => {
    typing.stop(userId, conversationId)
    io.to(conversationRoom(conversationId)).emit('group:member-left', { conversationId, version, userId })
    rooms.leave(userId, conversationId)
    tell({ conversationId, version })
    tell({ conversationId, userId })
  })

  events.on('membership.repeated', ({ userId }) => { void rooms.refresh(userId) })

  events.on('membership.changed', ({ conversationId, version, userId, ownVersion }) => {
    io.to(userRoom(userId)).emit('sync:required', { conversationId, version })
    tell({ userId, version: ownVersion })
  })

  events.on('block.changed', ({ conversationId, version, userId, ownVersion }, origin) => {
    typing.stopIn(conversationId)
    io.to(conversationRoom(conversationId)).emit('sync:required', { conversationId, version })
    tell({ conversationId, version })
    tell({ userId, version: ownVersion })
    // One node asks the database, and tells the sockets of all.
    if (origin === 'here') {
      presence.reveal(conversationId).catch(err => app.log.warn({ err }, 'a block was not announced'))
    }
  })

  events.on('session.revoked', ({ sessionId }) => {
    io.in(sessionRoom(sessionId)).disconnectSockets(true)
    tell({ sessionId })
  })
}
