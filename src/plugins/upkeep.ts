import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Database } from '../db.ts'

/** Between two times, in milliseconds. */
const pause = 5_000

/** Does again and again what nodes of the release before leave undone, for as long as they run beside this one. */
const upkeep: FastifyPluginAsync<{ work: (db: Database) => Promise<void> }> = async (app, { work }) => {
  const stopping = new AbortController()
  let working = Promise.resolve()

  async function keepWorking (): Promise<void> {
    for (;;) {
      await sleep(pause, undefined, { signal: stopping.signal })
      await work(app.db).catch(err => app.log.warn({ err }, 'upkeep has to wait'))
    }
  }

  app.addHook('onReady', async () => { working = keepWorking().catch(() => {}) })
  app.addHook('preClose', async () => {
    stopping.abort()
    await working
  })
}

export default fp(upkeep, { name: 'upkeep', dependencies: ['db'] })
