import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import packageJson from '../../../package.json' with { type: 'json' }
import { otherErrors, Timestamp } from '../../lib/schemas.ts'

const HealthSchema = Type.Object({
  status: Type.Literal('ok', { examples: ['ok'] }),
  timestamp: Timestamp(),
  version: Type.String({ examples: ['0.1.0'] }),
}, { title: 'Health' })

const connections = {
  database: Type.Union([Type.Literal('connected'), Type.Literal('read-only'), Type.Literal('disconnected')], {
    description: '`read-only` is a standby, or a database that takes no writes for another reason.',
  }),
  redis: Type.Optional(Type.Union([Type.Literal('connected'), Type.Literal('disconnected')], {
    description: 'Where several nodes share a Redis. Without it each of them serves as well, and events of the ' +
      'others come late.',
  })),
}
const ReadySchema = Type.Object({
  status: Type.Literal('ok', { examples: ['ok'] }), ...connections,
}, { title: 'Ready' })
const NotReadySchema = Type.Object({
  status: Type.Literal('unavailable', { examples: ['unavailable'] }), ...connections,
}, {
  title: 'NotReady',
  description: 'PostgreSQL does not answer or takes no writes, or the server is stopping.',
  examples: [{ status: 'unavailable', database: 'disconnected' }],
})

const noLimit = { config: { rateLimit: false as const } }

/**
 * How long PostgreSQL may take to answer before the server counts as not ready, and Redis before it counts as
 * away, in milliseconds.
 */
const databaseTimeout = 1_000
const redisTimeout = 500

const toWord = (isUp: boolean) => isUp ? 'connected' as const : 'disconnected' as const

const health: FastifyPluginAsyncTypebox = async app => {
  // Registered twice: under /api/v1, and at the root for load balancers.
  const place = app.prefix === '' ? 'AtRoot' : ''

  app.get('/health', {
    ...noLimit,
    schema: {
      tags: ['health'],
      operationId: `getHealth${place}`,
      summary: 'Is the process alive',
      description: 'Asks nothing but the process itself.',
      security: [],
      response: { 200: HealthSchema, ...otherErrors },
    },
  }, async () => ({ status: 'ok' as const, timestamp: new Date().toISOString(), version: packageJson.version }))

  app.get('/health/ready', {
    ...noLimit,
    schema: {
      tags: ['health'],
      operationId: `getReadiness${place}`,
      summary: 'Can it serve requests',
      description: 'Asks PostgreSQL, for a second at most.',
      security: [],
      response: { 200: ReadySchema, 503: NotReadySchema, ...otherErrors },
    },
  }, async (_request, reply) => {
    const [database, isRedisUp] = await Promise.all([
      app.databaseState(databaseTimeout), app.redis?.isUp(redisTimeout),
    ])
    const connections = { database, ...isRedisUp !== undefined && { redis: toWord(isRedisUp) } }
    if (database === 'connected' && app.phase === 'serving') return { status: 'ok' as const, ...connections }
    return reply.code(503).send({ status: 'unavailable', ...connections })
  })
}

export default fp(health, {
  name: 'health', encapsulate: true, dependencies: ['db', 'redis', 'rate-limit', 'shutdown'],
})
