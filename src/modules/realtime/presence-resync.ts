import type { FastifyInstance } from 'fastify'
import type { Presence } from './presence.ts'

/** Nodes come back one after the other, each after a moment; all of them are waited for, in milliseconds. */
const returnTime = 2_000

type ResyncParts = Pick<FastifyInstance, 'events' | 'nodes' | 'log' | 'phase' | 'addHook'>

/**
 * Who came and went while nodes did not hear each other is told again when they do, by each node to its own people.
 * Nothing else has to be: all other changes can be found by their version.
 */
export function resyncPresence (app: ResyncParts, presence: Presence): void {
  let silence = 0
  let timer: NodeJS.Timeout | undefined

  function schedule (seconds: number): void {
    silence = Math.max(silence, seconds)
    timer ??= setTimeout(resync, returnTime)
  }

  function resync (): void {
    const seconds = silence
    silence = 0
    timer = undefined
    presence.announceAgain(seconds).catch(err => {
      app.log.warn({ err }, 'presence is told again later')
      if (app.phase !== 'closing') schedule(seconds)
    })
  }

  app.nodes?.onReturn(seconds => app.events.emit('redis.returned', { seconds }))
  app.events.on('redis.returned', ({ seconds }) => schedule(seconds))
  app.addHook('onClose', async () => clearTimeout(timer))
}
