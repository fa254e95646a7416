import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Cursor, defaultLimit, errorResponses, IdParamsSchema, Limit } from '../../lib/schemas.ts'
import { createReactor, listReactions } from './reactions.ts'
import { toMessage } from './rows.ts'
import { MessageResponseSchema, ReactionsResponseSchema } from './schemas.ts'
import { requireMessage } from './select.ts'

const Emoji = Type.String({ format: 'emoji', maxLength: 64, description: 'One emoji.', examples: ['👍'] })

const ReactionParamsSchema = Type.Object({ ...IdParamsSchema.properties, emoji: Emoji })

const ReactionsQuerySchema = Type.Object({
  emoji: Type.Optional({ ...Emoji, description: 'Only this one, in whatever skin tone.' }),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
}, { additionalProperties: false })

const reactions: FastifyPluginAsyncTypebox = async app => {
  const { db, events } = app
  const react = createReactor({ db, events })

  async function answer (userId: string, messageId: string) {
    const found = await requireMessage(db, userId, messageId)
    return { message: toMessage(found, found.viewer) }
  }

  app.get('/messages/:id/reactions', {
    schema: {
      tags: ['messages'],
      operationId: 'listReactions',
      summary: 'Who reacted to a message',
      description: 'Each reaction with the person who gave it.',
      params: IdParamsSchema,
      querystring: ReactionsQuerySchema,
      response: { 200: ReactionsResponseSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const { limit = defaultLimit, ...query } = request.query
    return listReactions(db, request.user.sub, request.params.id, { ...query, limit })
  })

  app.put('/messages/:id/reactions/:emoji', {
    schema: {
      tags: ['messages'],
      operationId: 'addReaction',
      summary: 'React to a message',
      description: 'With one of the emoji of Unicode. Giving the same again changes nothing, or the skin tone.',
      params: ReactionParamsSchema,
      response: {
        200: MessageResponseSchema,
        ...errorResponses(400, 401, 'BLOCKED', 404, 'TOO_MANY_REACTIONS', 'MESSAGE_DELETED'),
      },
    },
  }, async ({ user, params }) => {
    await react(user.sub, params.id, params.emoji, true)
    return answer(user.sub, params.id)
  })

  app.delete('/messages/:id/reactions/:emoji', {
    schema: {
      tags: ['messages'],
      operationId: 'removeReaction',
      summary: 'Take a reaction back',
      description: 'Taking back what was not given changes nothing.',
      params: ReactionParamsSchema,
      response: { 200: MessageResponseSchema, ...errorResponses(400, 401, 'BLOCKED', 404) },
    },
  }, async ({ user, params }) => {
    await react(user.sub, params.id, params.emoji, false)
    return answer(user.sub, params.id)
  })
}

export default reactions
