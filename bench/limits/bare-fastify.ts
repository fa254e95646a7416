/**
 * What Fastify can do at most: the route of a send, with its schemas and JWT, and a handler that returns a
 * constant.
 */
import jwt from '@fastify/jwt'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { listeningUrl } from '../../src/lib/listening-url.ts'
import { IdParamsSchema } from '../../src/lib/schemas.ts'
import { MessageResponseSchema, NewMessageSchema, type Message } from '../../src/modules/messages/schemas.ts'
import validation from '../../src/plugins/validation.ts'

const message: Message = {
  id: '01980000-0000-7000-8000-000000000001',
  conversationId: '01980000-0000-7000-8000-000000000002',
  senderId: '01980000-0000-7000-8000-000000000003',
  seq: 1,
  version: 2,
  text: 'Message number 1',
  imageUrl: null,
  clientMessageId: '01980000-0000-7000-8000-000000000004',
  status: 'sent',
  reactions: [],
  createdAt: '2026-11-24T12:00:00.000Z',
  deletedAt: null,
  deletedFor: null,
}

const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
app.register(validation)
app.register(jwt, { secret: process.env.JWT_SECRET! })
app.register(async api => {
  api.addHook('onRequest', async request => { await request.jwtVerify() })
  api.post('/conversations/:id/messages', {
    schema: { params: IdParamsSchema, body: NewMessageSchema, response: { 201: MessageResponseSchema } },
  }, async (_request, reply) => reply.code(201).send({ message }))
}, { prefix: '/api/v1' })
await app.listen({ host: '127.0.0.1', port: 0 })
console.log(listeningUrl(app.server))
