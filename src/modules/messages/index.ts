import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import {
  ConversationIdParamsSchema, Count, defaultLimit, errorResponses, IdParamsSchema, Limit, SuccessSchema,
} from '../../lib/schemas.ts'
import { deleteForEveryone, deleteForSelf } from './delete.ts'
import reactions from './reaction-routes.ts'
import { readMessage } from './read.ts'
import { ImageUploadedSchema, MessageResponseSchema, MessagesResponseSchema, NewMessageSchema } from './schemas.ts'
import { listRange } from './select.ts'
import { sendMessage } from './send.ts'
import type { MessageWriter } from './writer.ts'

const RangeQuerySchema = Type.Object({
  afterSeq: Type.Optional(Count('Only messages with a higher number.', 0)),
  beforeSeq: Type.Optional(Count('Only messages with a lower number.', 100)),
  limit: Type.Optional(Limit),
}, { additionalProperties: false })

const DeleteQuerySchema = Type.Object({
  for: Type.Unsafe<'self' | 'everyone'>(
    Type.String({ enum: ['self', 'everyone'], description: 'For whom it is gone.', examples: ['self'] })
  ),
}, { additionalProperties: false })

const messages: FastifyPluginAsyncTypebox<{ writer: MessageWriter }> = async (app, { writer }) => {
  const { db, events } = app
  app.addHook('preParsing', app.authenticate)

  app.get('/conversations/:id/messages', {
    schema: {
      tags: ['messages'],
      operationId: 'listMessages',
      summary: 'Messages by number',
      description: 'In ascending order and without side effects: what fills a gap. Deleted messages come without ' +
        'content, so that every number is there. Without `afterSeq`, the newest ones.',
      params: ConversationIdParamsSchema,
      querystring: RangeQuerySchema,
      response: { 200: MessagesResponseSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => listRange(db, request.user.sub, request.params.id, {
    ...request.query, limit: request.query.limit ?? defaultLimit,
  }))

  app.post('/conversations/:id/messages', {
    schema: {
      tags: ['messages'],
      operationId: 'sendMessage',
      summary: 'Send a message',
      description: 'With text, an image, or both. 201 for a new message; 200 with the first one when its ' +
        '`clientMessageId` is repeated.',
      params: ConversationIdParamsSchema,
      body: NewMessageSchema,
      response: {
        200: MessageResponseSchema,
        201: MessageResponseSchema,
        ...errorResponses(400, 401, 'BLOCKED', 404, 'CLIENT_MESSAGE_ID_REUSED'),
      },
    },
  }, async (request, reply) => {
    const { body, params: { id }, user: { sub: senderId } } = request
    const { message, created } = await sendMessage({ db, events, writer }, senderId, id, body)
    if (created) {
      const place = `${app.prefix}/conversations/${message.conversationId}/messages?afterSeq=${message.seq - 1}&limit=1`
      reply.code(201).header('location', place)
    }
    return { message }
  })

  app.post('/messages/:id/read', {
    schema: {
      tags: ['messages'],
      operationId: 'readMessage',
      summary: 'Mark as read',
      description: 'Everything up to this message; going backwards changes nothing.',
      params: IdParamsSchema,
      response: { 200: SuccessSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    await readMessage({ db, events }, request.user.sub, request.params.id)
    return { success: true as const }
  })

  app.delete('/messages/:id', {
    schema: {
      tags: ['messages'],
      operationId: 'deleteMessage',
      summary: 'Delete a message',
      description: '`for=everyone`: its sender only. `for=self`: any member, for that member alone.',
      params: IdParamsSchema,
      querystring: DeleteQuerySchema,
      response: { 200: SuccessSchema, ...errorResponses(400, 401, 'FORBIDDEN', 404) },
    },
  }, async request => {
    const remove = request.query.for === 'everyone' ? deleteForEveryone : deleteForSelf
    await remove({ db, events }, request.user.sub, request.params.id)
    return { success: true as const }
  })

  await app.register(reactions)

  app.post('/upload/image', {
    ...app.tighterLimit(1 / 20),
    schema: {
      tags: ['messages'],
      operationId: 'uploadImage',
      summary: 'Upload an image for a message',
      description: 'A PNG, JPEG, WebP or GIF of at most 20 MiB and 100 megapixels, as `multipart/form-data` with one ' +
        'file in the field `image`. It becomes a WebP, whose shorter side is 1,600 pixels at most.',
      consumes: ['multipart/form-data'],
      fileField: 'image',
      response: { 200: ImageUploadedSchema, ...errorResponses(400, 401, 413, 415) },
    },
  }, async request => ({ imageUrl: await app.storeUploadedImage(request, 'image') }))
}

export default fp(messages, {
  name: 'messages',
  encapsulate: true,
  dependencies: ['db', 'events', 'authenticate', 'images', 'rate-limit'],
})
