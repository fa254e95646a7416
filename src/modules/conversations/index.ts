import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import { ValidationFailed } from '../../errors.ts'
import { ConversationIdParamsSchema, Cursor, defaultLimit, errorResponses, IdCursor, Limit } from '../../lib/schemas.ts'
import { listHistory, readUpTo } from '../messages/public.ts'
import { changeMembership, listConversations, openDirect } from './queries.ts'
import { toConversation, viewerOf } from './rows.ts'
import {
  ConversationResponseSchema, ConversationsResponseSchema, MembershipSchema, OpenDirectSchema,
  OpenedConversationSchema, OpenedDirectSchema,
} from './schemas.ts'
import { requireConversation, requireConversationRow } from './select.ts'

const HistoryQuerySchema = Type.Object({
  limit: Type.Optional(Limit),
  cursor: Type.Optional(IdCursor('The id of the oldest message seen.')),
  markRead: Type.Optional(
    Type.Boolean({ default: true, description: 'Without a cursor, whether looking counts as reading.' })
  ),
}, { additionalProperties: false })

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
    listConversations(app.db, request.user.sub, request.query.limit ?? defaultLimit, request.query.cursor))

  app.get('/conversations/:id', {
    schema: {
      tags: ['conversations'],
      operationId: 'openConversation',
      summary: 'Open a conversation',
      description: 'Messages newest first, without deleted ones. Without a cursor, everything is marked as read ' +
        'unless `markRead=false`.',
      params: ConversationIdParamsSchema,
      querystring: HistoryQuerySchema,
      response: { 200: OpenedConversationSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const { limit = defaultLimit, cursor, markRead = true } = request.query
    const viewerId = request.user.sub
    // HEAD comes this way too, and nobody has seen anything then.
    if (markRead && cursor === undefined && request.method === 'GET') {
      await readUpTo(app, viewerId, request.params.id, Number.MAX_SAFE_INTEGER)
    }
    const row = await requireConversationRow(app.db, viewerId, request.params.id)
    const page = await listHistory(app.db, row.conversation.id, viewerOf(row), limit, cursor)
    return { conversation: toConversation(row), ...page }
  })

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
      params: ConversationIdParamsSchema,
      body: MembershipSchema,
      response: { 200: ConversationResponseSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const userId = request.user.sub
    const { blockChanged, ...changed } = await changeMembership(app.db, userId, request.params.id, request.body)
    app.events.emit(blockChanged ? 'block.changed' : 'own.changed', { ...changed, userId })
    return { conversation: await requireConversation(app.db, userId, changed.conversationId) }
  })
}

export default fp(conversations, {
  name: 'conversations', encapsulate: true, dependencies: ['db', 'events', 'authenticate'],
})
