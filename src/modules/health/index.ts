import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import packageJson from '../../../package.json' with { type: 'json' }
import { Timestamp } from '../../lib/schemas.ts'

const HealthSchema = Type.Object({ status: Type.Literal('ok'), timestamp: Timestamp(), version: Type.String({ examples: ['0.1.0'] }) })

const database = Type.Union([Type.Literal('connected'), Type.Literal('disconnected')])
const ReadySchema = Type.Object({ status: Type.Literal('ok'), database })
const NotReadySchema = Type.Object({ status: Type.Literal('unavailable'), database }, {
  description: 'PostgreSQL does not answer, or the server is stopping.',
  examples: [{ status: 'unavailable', database: 'disconnected' }],
})

const noLimit = { config: { rateLimit: false as const } }

/** How long PostgreSQL may take to answer before the server counts as not ready, in milliseconds. */
const databaseTimeout = 1_000

const health: FastifyPluginAsyncTypebox = async app => {
  // Registered twice: under /api/v1, and at the root for load balancers.
  const place = app.prefix === '' ? 'AtRoot' : ''

  app.get('/health', {
    ...noLimit,
    schema: {
      tags: ['health'], operationId: `getHealth${place}`, summary: 'Is the process alive', description: 'Asks nothing but the process itself.', security: [], response: { 200: HealthSchema },
    },
  }, async () => ({ status: 'ok' as const, timestamp: new Date().toISOString(), version: packageJson.version }))

  app.get('/health/ready', {
    ...noLimit,
    schema: {
      tags: ['health'], operationId: `getReadiness${place}`, summary: 'Can it serve requests', security: [], response: { 200: ReadySchema, 503: NotReadySchema },
    },
  }, async (_request, reply) => {
    const connected = await app.isDatabaseUp(databaseTimeout)
    const database = connected ? 'connected' as const : 'disconnected' as const
    if (connected && app.phase === 'serving') return { status: 'ok' as const, database }
    return reply.code(503).send({ status: 'unavailable', database })
  })
}

export default fp(health, { name: 'health', encapsulate: true, dependencies: ['db', 'rate-limit', 'shutdown'] })
