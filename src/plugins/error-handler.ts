import type { FastifyError, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { toErrorBody } from '../errors.ts'

/** One error shape for everything that answers over HTTP. */
const errorHandler: FastifyPluginAsync = async app => {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const body = toErrorBody(error)
    if (body.statusCode >= 500) {
      request.log[body.statusCode === 500 ? 'error' : 'warn']({ err: error }, 'request failed')
    }
    if (body.statusCode === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', '1')
    return reply.code(body.statusCode).send(body)
  })
}

export default fp(errorHandler, { name: 'error-handler' })
