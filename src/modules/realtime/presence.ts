import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { createKeyedMutex } from '../../lib/keyed-mutex.ts'
import { isDatabaseUnavailable } from '../../lib/postgres-errors.ts'
import { toIso, toIsoOrNull } from '../../lib/rows.ts'
import {
  contactsOf, endLeaseSoon, enterPresence, leavePresence, renewLease, seenBy, sidesOf, sweepLeases, type WentOffline,
} from './queries.ts'
import { userRoom } from './rooms.ts'

/** How long a person without a socket still counts as online, in milliseconds: a page reload is no absence. */
const offlineDelay = 5_000
/** A node that has not renewed its lease for so long is gone. */
const leaseSeconds = 15
const renewInterval = 5_000
/** People in one statement: with many more it would run into its time limit. */
const batchSize = 1_000

function * inBatches (ids: string[]) {
  for (let i = 0; i < ids.length; i += batchSize) yield ids.slice(i, i + batchSize)
}

/**
 * Who is online, across nodes and crashes. Each node holds one lease and lists its people under it;
 * what a failed statement left behind, the next renewal makes good.
 */
export function createPresence ({ db, io, log }: Pick<FastifyInstance, 'db' | 'io' | 'log'>) {
  const nodeId = randomUUIDv7()
  const sockets = new Map<string, number>()
  const departures = new Map<string, NodeJS.Timeout>()
  /** Whom the database lists under this node. */
  const listed = new Set<string>()
  /** Who came or went since the database last knew. */
  const changed = new Set<string>()
  const inTurn = createKeyedMutex()

  const isHere = (userId: string) => sockets.has(userId) || departures.has(userId)

  async function enter (userIds: string[]): Promise<void> {
    const arrived = await enterPresence(db, nodeId, userIds)
    for (const id of userIds) listed.add(id)
    const contacts = await contactsOf(db, arrived)
    for (const [userId, ids] of contacts) io.to(ids.map(userRoom)).emit('user:online', { userId })
  }

  async function announceOffline (gone: WentOffline[]): Promise<void> {
    const contacts = await contactsOf(db, gone.map(({ id }) => id))
    for (const { id: userId, lastActive } of gone) {
      const ids = contacts.get(userId)
      if (ids) io.to(ids.map(userRoom)).emit('user:offline', { userId, lastActive: toIso(lastActive) })
    }
  }

  async function leave (userIds: string[]): Promise<void> {
    const gone = await leavePresence(db, nodeId, userIds)
    for (const id of userIds) listed.delete(id)
    await announceOffline(gone)
  }

  /** Brings the database's list in step with the sockets; entering and leaving take turns. */
  function update (): Promise<void> {
    return inTurn('update', async () => {
      const people = [...changed]
      changed.clear()
      try {
        const arrivals = people.filter(id => isHere(id) && !listed.has(id))
        const leavers = people.filter(id => !isHere(id) && listed.has(id))
        for (const batch of inBatches(arrivals)) await enter(batch)
        for (const batch of inBatches(leavers)) await leave(batch)
      } catch (error) {
        for (const id of people) changed.add(id)
        throw error
      }
    })
  }

  function listAgain (): void {
    for (const id of sockets.keys()) {
      listed.delete(id)
      changed.add(id)
    }
  }

  async function renew (): Promise<void> {
    // An answer that is lost may have said that the lease is new.
    const isNew = await renewLease(db, nodeId).catch(error => {
      listAgain()
      throw error
    })
    if (isNew) listAgain()
    await update()
    // In turn with coming and going, or who went could be announced after their return.
    await inTurn('update', async () => announceOffline(await sweepLeases(db, leaseSeconds)))
  }

  const report = (err: unknown) => log.warn({ err }, 'presence is late')
  /** A database that is away for the moment is no reason not to start; one without our tables is. */
  const tolerateOutage = (error: unknown) => {
    if (!isDatabaseUnavailable(error)) throw error
    report(error)
  }
  const noteChange = (userId: string) => {
    changed.add(userId)
    update().catch(report)
  }

  let timer: NodeJS.Timeout | undefined
  let renewal: Promise<void> = Promise.resolve()
  const renewAgain = () => {
    renewal = renew().catch(report)
  }

  return {
    async start (): Promise<void> {
      await renew().catch(tolerateOutage)
      timer = setInterval(renewAgain, renewInterval)
    },

    async stop (): Promise<void> {
      clearInterval(timer)
      for (const departure of departures.values()) clearTimeout(departure)
      await renewal
      await endLeaseSoon(db, nodeId, leaseSeconds).catch(report)
    },

    connected (userId: string): void {
      clearTimeout(departures.get(userId))
      departures.delete(userId)
      sockets.set(userId, (sockets.get(userId) ?? 0) + 1)
      // Listed or not: a leave may be on its way to the database.
      if (sockets.get(userId) === 1) noteChange(userId)
    },

    disconnected (userId: string): void {
      const left = sockets.get(userId)! - 1
      if (left > 0) {
        sockets.set(userId, left)
        return
      }
      sockets.delete(userId)
      departures.set(userId, setTimeout(() => {
        departures.delete(userId)
        noteChange(userId)
      }, offlineDelay))
    },

    /** Tells the people here whom they see, after the other nodes were not heard for so many seconds. */
    async announceAgain (seconds: number): Promise<void> {
      for (const batch of inBatches([...sockets.keys()])) {
        for (const { userId, isOnline, lastActive, contacts } of await seenBy(db, batch, seconds + leaseSeconds)) {
          const people = io.local.to(contacts.map(userRoom))
          if (isOnline) people.emit('user:online', { userId })
          else people.emit('user:offline', { userId, lastActive: toIsoOrNull(lastActive) })
        }
      }
    },

    /** Tells both sides of a direct conversation what they now see of each other, after a block came or went. */
    async reveal (conversationId: string): Promise<void> {
      const sides = await sidesOf(db, conversationId)
      for (const { userId, isOnline, lastActive, isHidden } of sides) {
        const others = sides.filter(side => side.userId !== userId).map(side => userRoom(side.userId))
        if (isOnline && !isHidden) io.to(others).emit('user:online', { userId })
        else io.to(others).emit('user:offline', { userId, lastActive: isHidden ? null : toIsoOrNull(lastActive) })
      }
    },
  }
}

export type Presence = ReturnType<typeof createPresence>
