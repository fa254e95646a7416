import type { FastifyInstance } from 'fastify'
import { createKeyedQueue } from '../../lib/keyed-queue.ts'
import { membershipsOf } from './queries.ts'

export const userRoom = (id: string) => `user:${id}`
export const sessionRoom = (id: string) => `session:${id}`
export const conversationRoom = (id: string) => `conversation:${id}`

/**
 * Keeps every socket in the rooms of its person's conversations, and in no others.
 * Joining and leaving may be heard in another order than they were committed in, so what was heard
 * only hastens things: what counts is the membership read afterwards, one reading at a time for each person.
 */
export function createRooms (app: FastifyInstance) {
  const adapter = app.io.sockets.adapter
  const inTurn = createKeyedQueue()

  /** Puts all sockets of a person, those still connecting included, into exactly the right rooms. */
  function settle (userId: string): Promise<void> {
    return inTurn(userId, async () => {
      const wanted = new Set((await membershipsOf(app.db, userId)).map(conversationRoom))
      for (const socketId of adapter.rooms.get(userRoom(userId)) ?? []) {
        await adapter.addAll(socketId, wanted)
        for (const room of adapter.sids.get(socketId)!) {
          if (room.startsWith('conversation:') && !wanted.has(room)) await adapter.del(socketId, room)
        }
      }
    })
  }

  /** Without knowing the memberships no socket may stay: its client reconnects, and enters the right rooms. */
  function settleOrClose (userId: string): void {
    settle(userId).catch(err => {
      app.log.warn({ err }, 'rooms unknown, closing the person\'s sockets')
      for (const socketId of adapter.rooms.get(userRoom(userId)) ?? []) app.io.sockets.sockets.get(socketId)?.conn.close()
    })
  }

  return {
    settle,
    refresh: settleOrClose,
    join (userId: string, conversationId: string) {
      app.io.in(userRoom(userId)).socketsJoin(conversationRoom(conversationId))
      settleOrClose(userId)
    },
    leave (userId: string, conversationId: string) {
      app.io.in(userRoom(userId)).socketsLeave(conversationRoom(conversationId))
      settleOrClose(userId)
    },
  }
}

export type Rooms = ReturnType<typeof createRooms>
