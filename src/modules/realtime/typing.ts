import type { FastifyInstance } from 'fastify'
import type { DomainEventBus } from '../../events.ts'
import { conversationRoom, userRoom } from './rooms.ts'

/** Without a new start, typing ends by itself after so many milliseconds. */
const typingTimeout = 6_000
/**
 * While it goes on it is told again, though not with every start: who hears nothing more of it for longer
 * than it lasts need not wait for a stop that got lost.
 */
const repeatInterval = 2_000

interface Typist {
  userId: string
  conversationId: string
  socketId: string
  announcedAt: number
  timer: NodeJS.Timeout
}

/** Who is typing where on this node. Nothing of it is stored. */
export function createTyping ({ io }: Pick<FastifyInstance, 'io'>) {
  const typists = new Map<string, Typist>()
  const keyOf = (userId: string, conversationId: string) => `${userId} ${conversationId}`

  function announce ({ userId, conversationId }: Pick<Typist, 'userId' | 'conversationId'>, isTyping: boolean): void {
    io.to(
      conversationRoom(conversationId)
    ).except(userRoom(userId)).emit('typing', { conversationId, userId, isTyping })
  }

  function stop (userId: string, conversationId: string): void {
    const typist = typists.get(keyOf(userId, conversationId))
    if (!typist) return
    clearTimeout(typist.timer)
    typists.delete(keyOf(userId, conversationId))
    announce(typist, false)
  }

  function stopWhere (isOver: (typist: Typist) => boolean): void {
    for (const typist of typists.values()) if (isOver(typist)) stop(typist.userId, typist.conversationId)
  }

  return {
    start (userId: string, conversationId: string, socketId: string): void {
      const key = keyOf(userId, conversationId)
      const known = typists.get(key)
      clearTimeout(known?.timer)
      const isDue = !known || performance.now() - known.announcedAt >= repeatInterval
      const announcedAt = isDue ? performance.now() : known.announcedAt
      typists.set(key, {
        userId, conversationId, socketId, announcedAt, timer: setTimeout(stop, typingTimeout, userId, conversationId),
      })
      if (isDue) announce({ userId, conversationId }, true)
    },

    stop,

    /** Typing is over with the message, and for who is gone, or blocked. */
    stopWith (events: DomainEventBus): void {
      events.on('message.sent', ({ conversationId, message }) => stop(message.senderId, conversationId))
      events.on('member.left', ({ conversationId, userId }) => stop(userId, conversationId))
      events.on('block.changed', ({ conversationId }) => stopWhere(typist => typist.conversationId === conversationId))
    },

    /** When a socket goes, so does what it was typing. */
    stopSocket: (socketId: string) => stopWhere(typist => typist.socketId === socketId),
  }
}

export type Typing = ReturnType<typeof createTyping>
