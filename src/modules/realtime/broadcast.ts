import type { FastifyInstance } from 'fastify'
import type { Presence } from './presence.ts'
import { conversationRoom, sessionRoom, userRoom, type Rooms } from './rooms.ts'
import type { Typing } from './typing.ts'

/** From facts to sockets: the only place where what happened in other modules becomes an event. */
export function broadcastFacts (app: FastifyInstance, rooms: Rooms, presence: Presence, typing: Typing): void {
  const { events, io } = app

  events.on('message.sent', ({ message }) => {
    const { conversationId, version } = message
    io.to(conversationRoom(conversationId)).emit('message:new', { conversationId, version, message })
    typing.stop(message.senderId, conversationId)
  })

  events.on('messages.read', ({ type, ...read }) => {
    // In a group, what one has read is nobody else's business.
    const room = type === 'direct' ? conversationRoom(read.conversationId) : userRoom(read.userId)
    io.to(room).emit('message:status', { ...read, status: 'read' })
  })

  events.on('message.deleted', deletion => {
    io.to(conversationRoom(deletion.conversationId)).emit('message:deleted', deletion)
  })

  events.on('conversation.opened', ({ conversationId, version, userIds }) => {
    for (const userId of userIds) rooms.join(userId, conversationId)
    io.to(userIds.map(userRoom)).emit('sync:required', { conversationId, version })
  })

  events.on('member.joined', ({ conversationId, version, user, presenceHiddenFrom }) => {
    rooms.join(user.id, conversationId)
    const hiddenFrom = presenceHiddenFrom.map(userRoom)
    io.to(conversationRoom(conversationId)).except(hiddenFrom).emit('group:member-joined', { conversationId, version, user })
    // To no room at all would be to everyone.
    if (hiddenFrom.length > 0) io.to(hiddenFrom).emit('group:member-joined', { conversationId, version, user: { ...user, isOnline: false, lastActive: null } })
  })

  events.on('member.left', ({ conversationId, version, userId }) => {
    typing.stop(userId, conversationId)
    io.to(conversationRoom(conversationId)).emit('group:member-left', { conversationId, version, userId })
    rooms.leave(userId, conversationId)
  })

  events.on('membership.repeated', ({ userId }) => rooms.refresh(userId))

  events.on('membership.changed', ({ conversationId, version, userId }) => {
    io.to(userRoom(userId)).emit('sync:required', { conversationId, version })
  })

  events.on('block.changed', ({ conversationId, version }) => {
    typing.stopIn(conversationId)
    io.to(conversationRoom(conversationId)).emit('sync:required', { conversationId, version })
    presence.reveal(conversationId).catch(err => app.log.warn({ err }, 'a block was not announced'))
  })

  events.on('session.revoked', ({ sessionId }) => {
    io.in(sessionRoom(sessionId)).disconnectSockets(true)
  })
}
