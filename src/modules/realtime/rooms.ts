import type { FastifyInstance } from 'fastify'
import type { Audience, Membership } from '../../events.ts'
import { hangUp } from '../../lib/hang-up.ts'
import { createKeyedMutex } from '../../lib/keyed-mutex.ts'
import { membershipsOf } from './queries.ts'

export const userRoom = (id: string) => `user:${id}`
export const sessionRoom = (id: string) => `session:${id}`
export const conversationRoom = (id: string) => `conversation:${id}`

/** The rooms of an audience; undefined if it is everyone. */
export function roomsOf (audience: Audience): string[] | undefined {
  if (audience === 'everyone') return undefined
  return 'userIds' in audience ? audience.userIds.map(userRoom) : [conversationRoom(audience.conversationId)]
}

/**
 * Keeps every socket in the rooms of its person's conversations, and in no others.
 * Joining and leaving may be heard in another order than they were committed in, so what was heard
 * only hastens things: what counts is the membership read afterwards, one reading at a time for each person.
 */
export function createRooms ({ io, db, log }: Pick<FastifyInstance, 'io' | 'db' | 'log'>) {
  const { adapter } = io.sockets
  const inTurn = createKeyedMutex()
  // Each socket keeps the names of its rooms: with one string for all of them, that is a tenth of its memory less.
  const names = new Map<string, string>()
  adapter.on('create-room', (room: string) => names.set(room, room))
  adapter.on('delete-room', (room: string) => names.delete(room))

  const socketsOf = (userId: string) => [...adapter.rooms.get(userRoom(userId)) ?? []]

  /** Whether it had to be moved. */
  async function settleSocket (socketId: string, wanted: Set<string>): Promise<boolean> {
    const present = adapter.sids.get(socketId)!
    const missing = [...wanted].filter(room => !present.has(room)).map(room => names.get(room) ?? room)
    const surplus = [...present].filter(room => room.startsWith('conversation:') && !wanted.has(room))
    await adapter.addAll(socketId, new Set(missing))
    for (const room of surplus) await adapter.del(socketId, room)
    return missing.length + surplus.length > 0
  }

  /**
   * Puts all sockets of a person, those still connecting included, into exactly the right rooms; returns
   * whether any was not.
   */
  function settle (userId: string): Promise<boolean> {
    return inTurn(userId, async () => {
      if (socketsOf(userId).length === 0) return false
      const wanted = new Set((await membershipsOf(db, userId)).map(conversationRoom))
      let moved = false
      for (const socketId of socketsOf(userId)) moved = await settleSocket(socketId, wanted) || moved
      return moved
    })
  }

  /**
   * The same. Without knowing the memberships no socket may stay: its client reconnects, and enters the right
   * rooms.
   */
  function refresh (userId: string): Promise<boolean> {
    return settle(userId).catch(err => {
      log.warn({ err }, 'rooms unknown, closing the person\'s sockets')
      for (const socketId of socketsOf(userId)) {
        const socket = io.sockets.sockets.get(socketId)
        if (socket) hangUp(socket.conn)
      }
      return true
    })
  }

  return {
    settle,
    refresh,
    join ({ userId, conversationId }: Membership) {
      io.local.in(userRoom(userId)).socketsJoin(conversationRoom(conversationId))
      void refresh(userId)
    },
    leave ({ userId, conversationId }: Membership) {
      io.local.in(userRoom(userId)).socketsLeave(conversationRoom(conversationId))
      void refresh(userId)
    },
  }
}

export type Rooms = ReturnType<typeof createRooms>
