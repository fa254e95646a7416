import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { listeningUrl } from '../lib/listening-url.ts'
import { errorResponses, Text } from '../lib/schemas.ts'
import type { IdentityProvider } from '../modules/auth/public.ts'
import { keepSecret } from './secrets.ts'

const clientId = 'convo-development'
const issuer = 'https://accounts.google.example'
const kid = 'development'

const certsPath = '/dev/google/certs'

/** What makes google-auth-library verify the fake Google's tokens as it verifies Google's. */
export const fakeGoogleProvider = (app: FastifyInstance): IdentityProvider => ({
  clientIds: [clientId], issuers: [issuer], certsUrl: () => listeningUrl(app.server) + certsPath,
})

const PersonSchema = Type.Object({
  email: Type.String({ pattern: '^[^@\\s\\u0000]+@[^@\\s\\u0000]+$', maxLength: 255, examples: ['ada@example.com'] }),
  name: Text({ maxLength: 200, examples: ['Ada Lovelace'] }),
  picture: Type.Optional(Text({ maxLength: 2048, examples: ['https://people.example.com/ada.png'] })),
}, { title: 'GoogleAccount', additionalProperties: false })

const GoogleTokenSchema = Type.Object({
  idToken: Type.String({ examples: ['eyJhbGciOiJSUzI1NiIs…'] }),
}, { title: 'GoogleToken' })

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function makeKey (): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** Plays Google where there is none: signs ID tokens for whoever asks. One person is one e-mail address. */
const fakeGoogle: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const privateKey = createPrivateKey(await keepSecret(config.DATA_DIR, 'fake-google.pem', makeKey))
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string

  app.post('/dev/google/token', {
    schema: {
      tags: ['development'],
      operationId: 'createIdToken',
      summary: 'Get an ID token, as from Google',
      description: 'For `POST /api/v1/auth/google`. The same e-mail address is the same person.',
      security: [],
      body: PersonSchema,
      response: { 200: GoogleTokenSchema, ...errorResponses(400) },
    },
  }, async ({ body: { email, name, picture } }) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      aud: clientId,
      azp: clientId,
      sub: BigInt(`0x${createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 16)}`).toString(),
      email,
      email_verified: true,
      name,
      picture,
      iat: now,
      exp: now + 3600,
    }
    const unsigned = `${base64url({ alg: 'RS256', kid, typ: 'JWT' })}.${base64url(claims)}`
    return { idToken: `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), privateKey).toString('base64url')}` }
  })

  app.get(certsPath, {
    schema: {
      tags: ['development'],
      operationId: 'getCertificates',
      summary: 'The certificates of those ID tokens',
      description: 'Public keys in PEM, by key id.',
      security: [],
      response: {
        200: Type.Record(Type.String(), Type.String(), { examples: [{ [kid]: '-----BEGIN PUBLIC KEY-----\n…' }] }),
        ...errorResponses(),
      },
    },
  }, async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=3600')
    return { [kid]: publicKey }
  })
}

export default fp(fakeGoogle, { name: 'fake-google', encapsulate: true })
