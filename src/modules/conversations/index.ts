import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import { ValidationFailed } from '../../errors.ts'
import { Cursor, errorResponses, IdParamsSchema, Limit } from '../../lib/schemas.ts'
import './events.ts'
import { changeMembership, listConversations, openDirect } from './queries.ts'
import {
  ConversationResponseSchema, ConversationsResponseSchema, MembershipSchema, OpenDirectSchema, OpenedDirectSchema,
} from './schemas.ts'
import { requireConversation } from './select.ts'

const conversations: FastifyPluginAsyncTypebox = async app => {
  app.addHook('preParsing', app.authenticate)

  app.get('/conversations', {
    schema: {
      tags: ['conversations'],
      operationId: 'listConversations',
      summary: 'List one\'s conversations',
      description: 'Newest activity first.',
      querystring: Type.Object({
        limit: Type.Optional(Limit), cursor: Type.Optional(Cursor),
      }, { additionalProperties: false }),
      response: { 200: ConversationsResponseSchema, ...errorResponses(400, 401) },
    },
  }, async request =>
    listConversations(app.db, request.user.sub, request.query.limit ?? Limit.default, request.query.cursor))

  app.post('/conversations', {
    schema: {
      tags: ['conversations'],
      operationId: 'openDirectConversation',
      summary: 'Open the direct conversation with a person',
      description: '201 when this made it, 200 when it was there.',
      body: OpenDirectSchema,
      response: { 200: OpenedDirectSchema, 201: OpenedDirectSchema, ...errorResponses(400, 401, 404) },
    },
  }, async (request, reply) => {
    const viewerId = request.user.sub
    const otherId = request.body.userId.toLowerCase()
    if (otherId === viewerId) throw new ValidationFailed('A conversation needs somebody else.')
    const { id, created } = await openDirect(app.db, viewerId, otherId)
    const conversation = await requireConversation(app.db, viewerId, id)
    if (created) {
      app.events.emit('conversation.opened', {
        conversationId: id, version: conversation.version, userIds: [viewerId, otherId],
      })
    }
    if (created) reply.code(201).header('location', `${app.prefix}/conversations/${id}`)
    return { conversation, created }
  })

  app.patch('/conversations/:id', {
    schema: {
      tags: ['conversations'],
      operationId: 'updateConversation',
      summary: 'Mute or block',
      description: 'While either side blocks, nobody can send, and neither sees the other\'s presence or typing.',
      params: IdParamsSchema,
      body: MembershipSchema,
      response: { 200: ConversationResponseSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const userId = request.user.sub
    const { blockChanged, ...changed } = await changeMembership(app.db, userId, request.params.id, request.body)
    app.events.emit(blockChanged ? 'block.changed' : 'membership.changed', { ...changed, userId })
    return { conversation: await requireConversation(app.db, userId, changed.conversationId) }
  })
}

export default fp(conversations, {
  name: 'conversations', encapsulate: true, dependencies: ['db', 'events', 'authenticate'],
})
