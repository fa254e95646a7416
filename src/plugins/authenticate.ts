import jwt from '@fastify/jwt'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyPluginAsync, preParsingAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.ts'
import type { Database } from '../db.ts'
import { Unauthenticated } from '../errors.ts'
import { atMost } from '../lib/cache-size.ts'
import { Count, Uuid } from '../lib/schemas.ts'

const issuer = 'convo'
// In capitals it would be the same session to the database, and another one to whoever compares.
const Id = { ...Uuid(), pattern: '^[^A-Z]*$' }

/** What a token says, and nothing else. */
const ClaimsSchema = Type.Object({
  sub: Id, jti: Id, iat: Count(), exp: Count(), iss: Type.Literal(issuer), aud: Type.Literal(issuer),
}, { additionalProperties: false })
export type Claims = Static<typeof ClaimsSchema>

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { sub: string, jti: string }
    user: Claims
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook for routes that need a signed-in person. Runs before the body is parsed. */
    authenticate: preParsingAsyncHookHandler
    /** Verifies a token and its session. Throws UNAUTHENTICATED. */
    verifyToken(token: string): Promise<Claims>
    /** Makes sure that the session goes on, and notes that it is in use. Throws UNAUTHENTICATED. */
    requireSession(claims: Bearer): Promise<void>
    /** Whether this node has heard that the session ended; needs no database. */
    isRevoked(sessionId: string): boolean
  }
}

declare module '../events.ts' {
  interface DomainEvents {
    'session.revoked': { sessionId: string }
  }
}

type Bearer = Pick<Claims, 'sub' | 'jti'>

interface AuthenticateOptions {
  config: Config
  /** Whether the session is that person's and has neither expired nor been revoked. */
  isSessionActive: (db: Database, bearer: Bearer) => Promise<boolean>
}

const sessionCacheTtl = 30_000

const authenticate: FastifyPluginAsync<AuthenticateOptions> = async (app, { config, isSessionActive }) => {
  await app.register(jwt, {
    secret: config.JWT_SECRET,
    sign: { algorithm: 'HS256', iss: issuer, aud: issuer, expiresIn: config.JWT_EXPIRES_IN },
    verify: { algorithms: ['HS256'] },
  })
  const parseClaims = app.compile(ClaimsSchema)
  const [ownHeader] = app.jwt.sign({ sub: '', jti: '' }).split('.')

  /** JSON and base64 have several ways to write the same: a token is taken only as this server writes it. */
  function isOwnSpelling (token: string, claims: Claims): boolean {
    const ownClaims = Buffer.from(JSON.stringify(claims)).toString('base64url')
    const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
    return token === `${ownHeader}.${ownClaims}.${signature.toString('base64url')}`
  }

  // Whose it is, or 'revoked'.
  const sessions = new LRUCache<string, string>(atMost(100_000, sessionCacheTtl))
  app.events.on('session.revoked', ({ sessionId }) => sessions.set(sessionId, 'revoked'))

  async function requireSession ({ jti, sub }: Bearer): Promise<void> {
    if (sessions.get(jti) === sub) return
    const active = sessions.get(jti) !== 'revoked' && await isSessionActive(app.db, { jti, sub })
    // It may have been revoked while the database was asked.
    if (!active || sessions.get(jti) === 'revoked') throw new Unauthenticated()
    sessions.set(jti, sub)
  }

  function verifySignature (token: string): Claims {
    try {
      const claims = parseClaims(app.jwt.verify(token))
      if (isOwnSpelling(token, claims)) return claims
    } catch {}
    throw new Unauthenticated()
  }

  // Who is asking is needed early, for the rate limit; whether they may is decided later.
  app.addHook('onRequest', async request => {
    const [scheme, token, ...rest] = request.headers.authorization?.split(' ') ?? []
    if (token === undefined || rest.length > 0 || scheme!.toLowerCase() !== 'bearer') return
    try {
      request.user = verifySignature(token)
    } catch {}
  })

  app.decorate('authenticate', async (request, _reply, payload) => {
    // @fastify/jwt declares `user` as always there; without a valid token it is null.
    if ((request.user as Claims | null) === null) throw new Unauthenticated()
    await requireSession(request.user)
    return payload
  })
  app.decorate('verifyToken', async token => {
    const claims = verifySignature(token)
    await requireSession(claims)
    return claims
  })
  app.decorate('requireSession', requireSession)
  app.decorate('isRevoked', sessionId => sessions.get(sessionId) === 'revoked')
}

export default fp(authenticate, { name: 'authenticate', dependencies: ['validation', 'db', 'events'] })
