import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import fp from 'fastify-plugin'
import { defaultLimit, errorResponses, IdParamsSchema, SearchQuerySchema } from '../../lib/schemas.ts'
import { listUsers, requireUser, updateProfile, type ProfileChange } from './queries.ts'
import {
  AvatarUploadedSchema, MeResponseSchema, ProfileSchema, UserResponseSchema, UsersResponseSchema,
  type Me,
} from './schemas.ts'

const users: FastifyPluginAsyncTypebox = async app => {
  app.addHook('preParsing', app.authenticate)

  async function changeProfile (userId: string, profile: ProfileChange): Promise<Me> {
    const { user, ownVersion } = await updateProfile(app.db, userId, profile)
    app.events.emit('own.changed', { userId, ownVersion })
    return user
  }

  app.get('/users', {
    schema: {
      tags: ['users'],
      operationId: 'listUsers',
      summary: 'Find people',
      description: 'Everybody else, by name. `search` looks into usernames too, after an `@` into nothing else.',
      querystring: SearchQuerySchema,
      response: { 200: UsersResponseSchema, ...errorResponses(400, 401) },
    },
  }, async request =>
    listUsers(app.db, request.user.sub, { ...request.query, limit: request.query.limit ?? defaultLimit }))

  app.get('/users/:id', {
    config: { hasEtag: true },
    schema: {
      tags: ['users'],
      operationId: 'getUser',
      summary: 'Look at a person',
      description: 'Anyone who is signed in may look; whether they are online is hidden while either side blocks.',
      params: IdParamsSchema,
      response: { 200: UserResponseSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => ({ user: await requireUser(app.db, request.user.sub, request.params.id) }))

  app.patch('/users/me', {
    schema: {
      tags: ['users'],
      operationId: 'updateMe',
      summary: 'Change one\'s profile',
      description: '`null` clears `bio` and `phoneNumber`.',
      body: ProfileSchema,
      response: { 200: MeResponseSchema, ...errorResponses(400, 401, 404, 'USERNAME_TAKEN') },
    },
  }, async request => ({ user: await changeProfile(request.user.sub, request.body) }))

  app.post('/users/me/avatar', {
    ...app.tighterLimit(1 / 20),
    schema: {
      tags: ['users'],
      operationId: 'uploadAvatar',
      summary: 'Upload a profile picture',
      description: 'A PNG, JPEG, WebP or GIF of at most 20 MiB and 100 megapixels, as `multipart/form-data` with one ' +
        'file in the field `avatar`. It becomes a WebP of 800 × 800 pixels at most.',
      consumes: ['multipart/form-data'],
      fileField: 'avatar',
      response: { 200: AvatarUploadedSchema, ...errorResponses(400, 401, 413, 415) },
    },
  }, async request => {
    const avatarUrl = await app.storeUploadedImage(request, 'avatar')
    await changeProfile(request.user.sub, { avatarUrl })
    return { avatarUrl }
  })
}

export default fp(users, {
  name: 'users', encapsulate: true, dependencies: ['db', 'events', 'authenticate', 'images', 'rate-limit'],
})
