import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../lib/cache-size.ts'
import { postgresError } from '../../lib/postgres-errors.ts'
import { forgetChanges, readChanges, type Change } from './queries.ts'
import { conversationRoom, userRoom, type Rooms } from './rooms.ts'

/** What was changed and not delivered is made good within two of these, in milliseconds. */
const checkInterval = 5_000
/** Changes are kept for so many checks, about a minute. */
const checksKept = 12

/**
 * A node that could not look for so long may have missed what others have deleted meanwhile, in milliseconds.
 * Before that, a long transaction only makes it seem so.
 */
const blindAfter = (checksKept - 2) * checkInterval

/** What PostgreSQL says when a statement takes longer than it may; one that is away says nothing. */
const queryCanceled = '57014'

const keyOf = ({ conversationId, userId, sessionId }: Partial<Change>) =>
  `${conversationId ?? ''} ${userId ?? ''} ${sessionId ?? ''}`

/**
 * Finds the events that got lost on the way, whatever the cause: a node that died between commit and
 * event, an answer of the database that never came, the events of another node. Every few seconds
 * it reads what has changed since, compares that with what was delivered here, and asks the sockets
 * concerned to call `/sync`. That costs what has changed, not what there is.
 */
export function createAntiEntropy (app: FastifyInstance, rooms: Rooms) {
  // The versions delivered lately, of conversations and of what only one person sees. Memberships and ended
  // sessions have none, and are 0.
  const delivered = new LRUCache<string, number>(atMost(100_000, 60_000))
  const deliveredOf = (change: Partial<Change>) => delivered.get(keyOf(change)) ?? -1

  let since: string | undefined
  /** What the last checks have seen; before the first one that is nothing. */
  const kept = Array<string>(checksKept).fill('1:1:')
  /** Not delivered at the last check. Their events may have been on their way, so they are judged at the next one. */
  let suspects: Change[] = []

  const roomOf = ({ conversationId, userId }: Change) =>
    userId === null ? conversationRoom(conversationId!) : userRoom(userId)
  function isUndelivered (change: Change): boolean {
    // Whether or not it has sockets here, its token must not be accepted any more.
    if (change.sessionId !== null) return deliveredOf(change) < 0
    if (!app.io.sockets.adapter.rooms.has(roomOf(change))) return false
    return change.version === null || deliveredOf(change) < change.version
  }

  async function makeGood (change: Change): Promise<void> {
    const { conversationId, userId, version, sessionId } = change
    if (sessionId !== null) {
      app.events.emit('session.revoked', { sessionId }, 'remote')
      return
    }
    const isMembership = version === null
    // Delivered, and the person's sockets are where they belong.
    if (isMembership && !await rooms.refresh(userId!) && deliveredOf(change) === 0) return
    app.io.local.to(roomOf(change)).emit('sync:required', {
      ...conversationId !== null && { conversationId },
      ...conversationId !== null && version !== null && { version },
    })
  }

  let lookedAt = performance.now()

  /** Nobody knows any more what was missed here: whoever comes back enters the right rooms, and calls `/sync`. */
  function startAgain (): void {
    app.log.warn('changes were deleted before they were read, draining sockets')
    suspects = []
    void app.drainSockets()
  }

  async function check (): Promise<void> {
    const isLate = performance.now() - lookedAt > blindAfter
    const { changes, next, mayLack } = await readChanges(app.db, since).catch(error => {
      // There is too much to read in time, and it would only become more.
      if (isLate && postgresError(error)?.code === queryCanceled) since = undefined
      throw error
    })
    lookedAt = performance.now()
    if (isLate && (mayLack || since === undefined)) startAgain()
    const undelivered = suspects.filter(isUndelivered)
    suspects = changes.filter(isUndelivered)
    since = next
    kept.push(next)
    for (const change of undelivered) await makeGood(change)
    await forgetChanges(app.db, kept.shift()!)
  }

  const checkOnce = () => check().catch(err => app.log.warn({ err }, 'what was missed is not known yet'))

  const stopping = new AbortController()
  let checking = Promise.resolve()

  /** With a pause after each, however long it took: what it has seen must not be deleted too soon. */
  async function keepChecking (): Promise<void> {
    for (;;) {
      await sleep(checkInterval, undefined, { signal: stopping.signal })
      await checkOnce()
    }
  }

  return {
    /** Notes that the sockets here were told of a change; of a membership without a version. */
    markDelivered: (change: Partial<Change>): void => {
      const version = change.version ?? 0
      if (deliveredOf(change) < version) delivered.set(keyOf(change), version)
    },

    async start (): Promise<void> {
      await checkOnce()
      checking = keepChecking().catch(() => {})
    },

    async stop (): Promise<void> {
      stopping.abort()
      await checking
    },
  }
}

export type AntiEntropy = ReturnType<typeof createAntiEntropy>
