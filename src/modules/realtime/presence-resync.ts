import type { FastifyInstance } from 'fastify'
import type { Presence } from './presence.ts'

/** Nodes come back one after the other, each after a moment; all of them are waited for, in milliseconds. */
const reunionTime = 2_000

/**
 * Who came and went while nodes did not hear each other is told again when they do, by each node to
 * its own people. Nothing else has to be: all other news can be found by its version.
 */
export function tellAgainAfterReunion (app: FastifyInstance, presence: Presence): void {
  let owed = 0
  let timer: NodeJS.Timeout | undefined

  function owe (seconds: number): void {
    owed = Math.max(owed, seconds)
    timer ??= setTimeout(tell, reunionTime)
  }

  function tell (): void {
    const seconds = owed
    owed = 0
    timer = undefined
    presence.tellAgain(seconds).catch(err => {
      app.log.warn({ err }, 'presence is told again later')
      if (app.phase !== 'closing') owe(seconds)
    })
  }

  app.nodes?.onReturn(seconds => app.events.emit('redis.returned', { seconds }))
  app.events.on('redis.returned', ({ seconds }) => owe(seconds))
  app.addHook('onClose', async () => clearTimeout(timer))
}
