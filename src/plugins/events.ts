import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { DomainEventBus, DomainEvents } from '../events.ts'
import { createEventBus } from '../lib/event-bus.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: DomainEventBus
  }
}

const events: FastifyPluginAsync = async app => {
  app.decorate(
    'events', createEventBus<DomainEvents>((err, name) => app.log.error({ err }, `a listener of ${name} failed`))
  )
}

export default fp(events, { name: 'events' })
