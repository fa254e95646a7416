import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * `leaving`: all is still served, but load balancers are told to look elsewhere. `closing`: sockets are
     * sent away.
     */
    readonly phase: 'serving' | 'leaving' | 'closing'
  }
}

const shutdown: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  let phase: FastifyInstance['phase'] = 'serving'
  app.decorate('phase', { getter: () => phase })

  // These hooks run in the order of their plugins, so what depends on this one closes after the grace period.
  app.addHook('preClose', async () => {
    phase = 'leaving'
    // A server whose port was taken has been sent nobody.
    if (app.server.listening) await sleep(config.SHUTDOWN_GRACE_MS)
    phase = 'closing'
  })
}

export default fp(shutdown, { name: 'shutdown' })
