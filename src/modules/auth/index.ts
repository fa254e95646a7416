import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import fp from 'fastify-plugin'
import type { Config } from '../../config.ts'
import { defaultLimit, errorResponses, IdCursor, IdParamsSchema, Limit, SuccessSchema } from '../../lib/schemas.ts'
import { requireMe } from '../users/public.ts'
import { MeResponseSchema } from '../users/schemas.ts'
import { createVerifier, type IdentityProvider } from './google.ts'
import { signInUser } from './queries.ts'
import { IdTokenSchema, SessionsResponseSchema, SignedInSchema } from './schemas.ts'
import { createSession, endOtherSessions, endSession, listSessions, signOut } from './sessions.ts'

interface AuthOptions { config: Config, identityProvider: IdentityProvider }

const signedIn: FastifyPluginAsyncTypebox = async app => {
  app.addHook('preParsing', app.authenticate)

  /** Ends its sockets, on every node. */
  const announceEnd = (sessionId: string) => app.events.emit('session.revoked', { sessionId })

  app.post('/auth/logout', {
    schema: {
      tags: ['auth'],
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'Ends this token for good and disconnects its sockets.',
      response: { 200: SuccessSchema, ...errorResponses(401) },
    },
  }, async request => {
    await signOut(app.db, request.user)
    announceEnd(request.user.jti)
    return { success: true as const }
  })

  app.get('/auth/me', {
    config: { hasEtag: true },
    schema: {
      tags: ['auth'],
      operationId: 'getMe',
      summary: 'Who am I',
      description: 'The signed-in person, with what only they see.',
      response: { 200: MeResponseSchema, ...errorResponses(401, 404) },
    },
  }, async request => ({ user: await requireMe(app.db, request.user.sub) }))

  app.get('/auth/sessions', {
    schema: {
      tags: ['auth'],
      operationId: 'listSessions',
      summary: 'Where am I signed in',
      description: 'Newest sign-in first.',
      querystring: Type.Object({
        limit: Type.Optional(Limit), cursor: Type.Optional(IdCursor()),
      }, { additionalProperties: false }),
      response: { 200: SessionsResponseSchema, ...errorResponses(400, 401) },
    },
  }, async request => listSessions(app.db, request.user, request.query.limit ?? defaultLimit, request.query.cursor))

  app.delete('/auth/sessions/:id', {
    schema: {
      tags: ['auth'],
      operationId: 'endSession',
      summary: 'Sign out one device',
      description: 'Ends its token for good and disconnects its sockets.',
      params: IdParamsSchema,
      response: { 200: SuccessSchema, ...errorResponses(400, 401, 404) },
    },
  }, async request => {
    const sessionId = request.params.id.toLowerCase()
    await endSession(app.db, request.user.sub, sessionId)
    announceEnd(sessionId)
    return { success: true as const }
  })

  app.delete('/auth/sessions', {
    schema: {
      tags: ['auth'],
      operationId: 'endOtherSessions',
      summary: 'Sign out all other devices',
      description: 'The token that asks goes on.',
      response: { 200: SuccessSchema, ...errorResponses(401) },
    },
  }, async request => {
    const ended = await endOtherSessions(app.db, request.user)
    ended.forEach(announceEnd)
    return { success: true as const }
  })
}

const auth: FastifyPluginAsyncTypebox<AuthOptions> = async (app, { config, identityProvider }) => {
  const verifyIdToken = createVerifier(identityProvider)

  app.post('/auth/google', {
    ...app.tighterLimit(1 / 10),
    schema: {
      tags: ['auth'],
      operationId: 'signIn',
      summary: 'Sign in with a Google ID token',
      description: 'The first time, this makes the user. An address that has changed is brought up to date.',
      security: [],
      body: IdTokenSchema,
      response: { 200: SignedInSchema, ...errorResponses(400, 401) },
    },
  }, async request => {
    const person = await verifyIdToken(request.body.idToken)
    const { user, ownVersion } = await signInUser(app.db, person)
    if (ownVersion !== undefined) app.events.emit('own.changed', { userId: user.id, ownVersion })
    const sessionId = await createSession(app.db, user.id, config.JWT_EXPIRES_IN, request.headers['user-agent'])
    return { user, token: app.jwt.sign({ sub: user.id, jti: sessionId }) }
  })

  await app.register(signedIn)
}

export default fp(auth, {
  name: 'auth', encapsulate: true, dependencies: ['db', 'events', 'authenticate', 'rate-limit'],
})
