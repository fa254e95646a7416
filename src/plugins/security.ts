import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'

const security: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  // First of all: cors answers preflights by itself, and no later hook runs.
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  await app.register(helmet, {
    // Of JSON nothing is to be loaded, run or framed; pages of documentation have a policy of their own.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    xFrameOptions: { action: 'deny' },
  })
  // Those of the routes, which come later.
  const methods: string[] = []
  app.addHook('onRoute', route => {
    methods.push(...[route.method].flat().filter(method => method !== 'OPTIONS' && !methods.includes(method)))
  })
  await app.register(cors, {
    // Of others nothing is said, lest credentials be promised to all.
    origin: async (origin = '') => config.FRONTEND_URL.includes(origin) && origin,
    credentials: true,
    methods,
    exposedHeaders: [
      'x-request-id', 'etag', 'location', 'retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ],
    maxAge: 600,
    // It would answer any other OPTIONS with words of its own.
    strictPreflight: false,
    preflightContinue: true,
  })
  // An answer to a signed-in person is for nobody else, and not for later; nor is a token.
  app.addHook('onSend', async (request, reply) => {
    if (request.headers.authorization !== undefined || request.method === 'POST') {
      reply.header('cache-control', 'private, no-store')
    }
  })
}

export default fp(security, { name: 'security' })
