import { Type } from '@sinclair/typebox'
import { MeSchema } from '../users/schemas.ts'

export const IdTokenSchema = Type.Object({
  idToken: Type.String({ minLength: 1, maxLength: 8192, description: 'From Google, or in development from `POST /dev/google/token`.', examples: ['eyJhbGciOiJSUzI1NiIs…'] }),
}, { additionalProperties: false })

export const SignedInSchema = Type.Object({
  user: MeSchema,
  token: Type.String({ description: 'Goes into `Authorization: Bearer …` and into the socket\'s `auth.token`.', examples: ['eyJhbGciOiJIUzI1NiIs…'] }),
})
