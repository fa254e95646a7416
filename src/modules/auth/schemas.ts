import { Type, type Static } from '@sinclair/typebox'
import { Nullable, pageFields, Timestamp, Uuid } from '../../lib/schemas.ts'
import { MeSchema } from '../users/schemas.ts'

export const IdTokenSchema = Type.Object({
  idToken: Type.String({
    minLength: 1,
    maxLength: 8192,
    description: 'From Google, or in development from `POST /dev/google/token`.',
    examples: ['eyJhbGciOiJSUzI1NiIs…'],
  }),
}, { title: 'IdToken', additionalProperties: false })

export const SignedInSchema = Type.Object({
  user: MeSchema,
  token: Type.String({
    description: 'Goes into `Authorization: Bearer …` and into the socket\'s `auth.token`.',
    examples: ['eyJhbGciOiJIUzI1NiIs…'],
  }),
}, { title: 'SignedIn' })

export const SessionSchema = Type.Object({
  id: Uuid(),
  device: Nullable(Type.String({ description: 'What signed in, as far as it says.', examples: ['Firefox on Linux'] })),
  createdAt: Timestamp(),
  lastUsedAt: Timestamp('To within five minutes.'),
  isCurrent: Type.Boolean({ description: 'Whether it is the one that asks.', examples: [true] }),
}, { title: 'Session', description: 'One sign-in that has neither ended nor expired.' })
export type Session = Static<typeof SessionSchema>

export const SessionsResponseSchema = Type.Object({
  sessions: Type.Array(SessionSchema), ...pageFields,
}, { title: 'SessionsResponse' })
