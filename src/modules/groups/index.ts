import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import {
  ConversationIdParamsSchema, defaultLimit, errorResponses, IdCursor, Limit, SearchQuerySchema, SuccessSchema,
} from '../../lib/schemas.ts'
import { requireConversation } from '../conversations/public.ts'
import { createGroup, joinGroup, leaveGroup, listGroups, listMembers, requireGroup } from './queries.ts'
import {
  GroupCreatedSchema, GroupDetailsSchema, GroupJoinedSchema, GroupsResponseSchema, NewGroupSchema,
} from './schemas.ts'

const groups: FastifyPluginAsyncTypebox = async app => {
  app.addHook('preParsing', app.authenticate)

  app.get('/groups', {
    schema: {
      tags: ['groups'],
      operationId: 'listGroups',
      summary: 'Groups one is in, and groups to join',
      description: '`joined` is whole; `discover` is paged. `search` narrows both.',
      querystring: SearchQuerySchema,
      response: { 200: GroupsResponseSchema, ...errorResponses(400, 401) },
    },
  }, async request => {
    const { limit = defaultLimit, ...query } = request.query
    return listGroups(app.db, request.user.sub, { ...query, limit })
  })

  app.post('/groups', {
    schema: {
      tags: ['groups'],
      operationId: 'createGroup',
      summary: 'Found a group',
      description: 'Its founder is its first member.',
      body: NewGroupSchema,
      response: { 201: GroupCreatedSchema, ...errorResponses(400, 401) },
    },
  }, async (request, reply) => {
    const userId = request.user.sub
    const id = await createGroup(app.db, userId, request.body)
    const conversation = await requireConversation(app.db, userId, id)
    app.events.emit('conversation.opened', { conversationId: id, version: conversation.version, userIds: [userId] })
    return reply.code(201).header(
      'location', `${app.prefix}/groups/${id}`
    ).send({ group: await requireGroup(app.db, id), conversation })
  })

  app.get('/groups/:id', {
    config: { hasEtag: true },
    schema: {
      tags: ['groups'],
      operationId: 'getGroup',
      summary: 'Look at a group',
      description: 'Groups are public: anyone who is signed in may look. Members are paged.',
      params: ConversationIdParamsSchema,
      querystring: Type.Object({
        limit: Type.Optional(Limit), cursor: Type.Optional(IdCursor()),
      }, { additionalProperties: false }),
      response: { 200: GroupDetailsSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const group = await requireGroup(app.db, request.params.id)
    const { limit = defaultLimit, cursor } = request.query
    return {
      group, memberCount: group.memberCount, ...await listMembers(app.db, request.user.sub, group.id, limit, cursor),
    }
  })

  app.post('/groups/:id/join', {
    schema: {
      tags: ['groups'],
      operationId: 'joinGroup',
      summary: 'Join a group',
      description: 'Joining twice succeeds and changes nothing. A group has at most 100,000 members.',
      params: ConversationIdParamsSchema,
      response: { 200: GroupJoinedSchema, ...errorResponses(400, 401, 404, 'GROUP_FULL') },
    },
  }, async request => {
    const userId = request.user.sub
    const joined = await joinGroup(app.db, userId, request.params.id)
    if (joined) app.events.emit('member.joined', joined)
    else app.events.emit('membership.repeated', { userId })
    return { success: true as const, conversation: await requireConversation(app.db, userId, request.params.id) }
  })

  app.post('/groups/:id/leave', {
    schema: {
      tags: ['groups'],
      operationId: 'leaveGroup',
      summary: 'Leave a group',
      description: 'Leaving twice succeeds and changes nothing.',
      params: ConversationIdParamsSchema,
      response: { 200: SuccessSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const userId = request.user.sub
    const left = await leaveGroup(app.db, userId, request.params.id)
    if (left) app.events.emit('member.left', left)
    else app.events.emit('membership.repeated', { userId })
    return { success: true as const }
  })
}

export default fp(groups, { name: 'groups', encapsulate: true, dependencies: ['db', 'events', 'authenticate'] })
