import type { FastifyInstance } from 'fastify'
import { conversationRoom, userRoom } from './rooms.ts'

/** Without a new start, typing ends by itself after so many milliseconds. */
const typingTimeout = 6_000
/**
 * While it goes on it is told again, though not with every start: who hears nothing more of it for longer
 * than it lasts need not wait for a stop that got lost.
 */
const repeatInterval = 2_000

interface Typist { userId: string, conversationId: string, socketId: string, toldAt: number, timer: NodeJS.Timeout }

/** Who is typing where on this node. Nothing of it is stored. */
export function createTyping (app: FastifyInstance) {
  const typists = new Map<string, Typist>()
  const keyOf = (userId: string, conversationId: string) => `${userId} ${conversationId}`

  function tell ({ userId, conversationId }: Pick<Typist, 'userId' | 'conversationId'>, isTyping: boolean): void {
    app.io.to(
      conversationRoom(conversationId)
    ).except(userRoom(userId)).emit('typing', { conversationId, userId, isTyping })
  }

  function stop (userId: string, conversationId: string): void {
    const typist = typists.get(keyOf(userId, conversationId))
    if (!typist) return
    clearTimeout(typist.timer)
    typists.delete(keyOf(userId, conversationId))
    tell(typist, false)
  }

  return {
    start (userId: string, conversationId: string, socketId: string): void {
      const key = keyOf(userId, conversationId)
      const known = typists.get(key)
      clearTimeout(known?.timer)
      const isDue = !known || performance.now() - known.toldAt >= repeatInterval
      const toldAt = isDue ? performance.now() : known.toldAt
      typists.set(key, {
        userId, conversationId, socketId, toldAt, timer: setTimeout(stop, typingTimeout, userId, conversationId),
      })
      if (isDue) tell({ userId, conversationId }, true)
    },

    stop,

    /** When a socket goes, so does what it was typing. */
    stopSocket (socketId: string): void {
      for (const typist of typists.values()) {
        if (typist.socketId === socketId) stop(typist.userId, typist.conversationId)
      }
    },

    stopIn (conversationId: string): void {
      for (const typist of typists.values()) {
        if (typist.conversationId === conversationId) stop(typist.userId, conversationId)
      }
    },
  }
}

export type Typing = ReturnType<typeof createTyping>
