import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { NotFound } from '../errors.ts'

/** Addresses that are none; to ask for them costs as much as for any other. */
const notFound: FastifyPluginAsync = async app => {
  app.setNotFoundHandler(app.isLimited ? { preHandler: app.rateLimit() } : {}, async () => {
    throw new NotFound('address')
  })
}

export default fp(notFound, { name: 'not-found', dependencies: ['error-handler', 'rate-limit'] })
