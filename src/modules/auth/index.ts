import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import fp from 'fastify-plugin'
import type { Config } from '../../config.ts'
import { errorResponses, SuccessSchema } from '../../lib/schemas.ts'
import { requireMe } from '../users/public.ts'
import { MeResponseSchema } from '../users/schemas.ts'
import { createVerifier, type IdentityProvider } from './google.ts'
import { createSession, findOrCreateUser, revokeSession } from './queries.ts'
import { IdTokenSchema, SignedInSchema } from './schemas.ts'

interface AuthOptions { config: Config, identityProvider: IdentityProvider }

const auth: FastifyPluginAsyncTypebox<AuthOptions> = async (app, { config, identityProvider }) => {
  const verifyIdToken = createVerifier(identityProvider)

  app.post('/auth/google', {
    ...app.tighterLimit(1 / 10),
    schema: {
      tags: ['auth'],
      operationId: 'signIn',
      summary: 'Sign in with a Google ID token',
      description: 'The first time, this makes the user.',
      security: [],
      body: IdTokenSchema,
      response: { 200: SignedInSchema, ...errorResponses(400, 401, 409) },
    },
  }, async request => {
    const person = await verifyIdToken(request.body.idToken)
    const user = await findOrCreateUser(app.db, person)
    const sessionId = await createSession(app.db, user.id, config.JWT_EXPIRES_IN, request.headers['user-agent'])
    return { user, token: app.jwt.sign({ sub: user.id, jti: sessionId }) }
  })

  await app.register(async app => {
    app.addHook('preParsing', app.authenticate)

    app.post('/auth/logout', {
      schema: {
        tags: ['auth'],
        operationId: 'signOut',
        summary: 'Sign out',
        description: 'Ends this token for good and disconnects its sockets.',
        response: { 200: SuccessSchema, ...errorResponses(401) },
      },
    }, async request => {
      const { jti: sessionId, sub: userId } = request.user
      await revokeSession(app.db, sessionId, userId)
      app.events.emit('session.revoked', { sessionId })
      return { success: true as const }
    })

    app.get('/auth/me', {
      schema: {
        tags: ['auth'],
        operationId: 'getMe',
        summary: 'Who am I',
        response: { 200: MeResponseSchema, ...errorResponses(401, 404) },
      },
    }, async request => ({ user: await requireMe(app.db, request.user.sub) }))
  })
}

export default fp(auth, { name: 'auth', encapsulate: true, dependencies: ['db', 'events', 'authenticate', 'rate-limit'] })
