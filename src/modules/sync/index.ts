import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import fp from 'fastify-plugin'
import { errorResponses } from '../../lib/schemas.ts'
import { changesSince } from './queries.ts'
import { SyncRequestSchema, SyncResponseSchema } from './schemas.ts'

const sync: FastifyPluginAsyncTypebox = async app => {
  app.addHook('preParsing', app.authenticate)

  app.post('/sync', {
    schema: {
      tags: ['sync'],
      operationId: 'sync',
      summary: 'What changed while I was away',
      description: 'Give the version seen of each conversation; its cost depends on what changed, not on how long ' +
        'one was away. ' +
        'A message that comes back as `read` means that all before it from the same sender are read as well.',
      body: SyncRequestSchema,
      response: { 200: SyncResponseSchema, ...errorResponses(400, 401, 413) },
    },
  }, async request => changesSince(app.db, request.user.sub, request.body))
}

export default fp(sync, { name: 'sync', encapsulate: true, dependencies: ['db', 'authenticate'] })
