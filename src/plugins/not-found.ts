import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { MethodNotAllowed, NotFound } from '../errors.ts'

/** Addresses that are none, or not by this method; to ask for them costs as much as for any other. */
const notFound: FastifyPluginAsync = async app => {
  app.setNotFoundHandler(app.isLimited ? { preHandler: app.rateLimit() } : {}, async ({ url, method }, reply) => {
    const methods = app.methodsOf(url.split('?', 1)[0]!)
    // A route that has the method may still not have what is asked for.
    if (!methods || methods.includes(method)) throw new NotFound('address')
    reply.header('allow', methods.join(', '))
    throw new MethodNotAllowed()
  })
}

export default fp(notFound, { name: 'not-found', dependencies: ['error-handler', 'rate-limit', 'options'] })
