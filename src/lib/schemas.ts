import { STATUS_CODES } from 'node:http'
import { Type, type Static, type TSchema, type StringOptions } from '@sinclair/typebox'

/** `schema`, or null. A type array, because the serializer compiles it without trying alternatives. */
export function Nullable<T extends TSchema> (schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] })
}

export const Uuid = (description?: string) => Type.String({
  format: 'uuid', description, examples: ['01980000-0000-7000-8000-000000000001'],
})

export const Timestamp = (description?: string) => Type.String({
  format: 'date-time', description, examples: ['2026-11-23T12:00:00.000Z'],
})

export const ImageUrl = () =>
  Type.String({ examples: ['https://chat.example.com/images/0b5a6d0e-7d1f-4c3e-9a55-3f1f3b1e2d4c.webp'] })

/** Text that PostgreSQL can hold: well-formed, without NUL. */
export const Text = (options: StringOptions = {}) => Type.String({ format: 'text', ...options })

/** Of a person or group. Its length is counted in characters as people see them; what nobody sees is not in it. */
export const Name = (options: StringOptions = {}) => Type.String({
  format: 'name',
  minLength: 1,
  maxLength: 400,
  description: 'At most 100 characters, all of them visible: no ' +
    'controls, nothing of no width. Stored in Unicode\'s composed form (NFC).',
  ...options,
})

/** A counter or position; beyond 2^53 JSON numbers lose their last digits. */
export const Count = (description?: string, example = 7) => Type.Integer({
  minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description, examples: [example],
})

/** What every event about a change in a conversation carries. */
export const changeFields = {
  conversationId: Uuid(),
  version: Count('The conversation\'s version after this; a jump by more than one means that something was missed.'),
}

export const SyncRequiredSchema = Type.Object(Type.Partial(Type.Object(changeFields)).properties, {
  description: 'Something has changed that no other event tells: call `POST /api/v1/sync`. Without a conversation ' +
    'it is about all of them.',
})

export const IdParamsSchema = Type.Object({ id: Uuid('Of what the address names.') })

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 50, description: 'How many to return.' })

// Holds a name of up to 400 code points, in lower case, in base64.
export const Cursor = Text({
  maxLength: 4000,
  description: 'The `nextCursor` of the page before.',
  examples: ['WyJhZGEgbG92ZWxhY2UiLCIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDEiXQ'],
})

export const SearchQuerySchema = Type.Object({
  search: Type.Optional(
    Text({ maxLength: 100, description: 'Part of a name; case does not matter.', examples: ['ada'] })
  ),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
}, { additionalProperties: false })

export const pageFields = {
  nextCursor: Nullable(Type.String({ description: 'Where the next page starts; null at the end.', examples: [null] })),
  hasMore: Type.Boolean({ examples: [false] }),
}

export const SuccessSchema = Type.Object({ success: Type.Literal(true, { examples: [true] }) })

export const ErrorSchema = Type.Object({
  statusCode: Type.Integer({ examples: [404] }),
  code: Type.String({ description: 'A stable word for programs.', examples: ['NOT_FOUND'] }),
  error: Type.String({ examples: ['Not Found'] }),
  message: Type.String({ description: 'A sentence for people.', examples: ['There is no such conversation.'] }),
}, { description: 'What went wrong.' })

const reasons: Record<number, [reason: string, ...codes: string[]]> = {
  400: ['The request is malformed.', 'VALIDATION_FAILED'],
  401: ['The token is missing, expired or revoked.', 'UNAUTHENTICATED'],
  403: ['Not allowed.', 'FORBIDDEN', 'BLOCKED'],
  404: ['It does not exist, or not for this person.', 'NOT_FOUND'],
  409: ['It contradicts what is stored.', 'USERNAME_TAKEN', 'EMAIL_TAKEN', 'CLIENT_MESSAGE_ID_REUSED', 'GROUP_FULL'],
  413: ['Too large.', 'PAYLOAD_TOO_LARGE'],
  415: ['Not a type of content that is accepted here.', 'UNSUPPORTED_MEDIA_TYPE'],
  429: ['Too many requests; `Retry-After` says when to try again.', 'RATE_LIMITED'],
  503: ['Try again shortly.', 'UNAVAILABLE'],
}

function errorResponse (status: number) {
  const [message, ...codes] = reasons[status]!
  const examples = codes.map(code => ({ statusCode: status, code, error: STATUS_CODES[status], message }))
  return { ...ErrorSchema, description: `${message} (${codes.map(code => `\`${code}\``).join(', ')})`, examples }
}

const others = { ...ErrorSchema, description: 'Any other error, in the same shape.' }

/** Of errors that no route is needed for: a header too long, a fault of ours. */
export const otherErrors = { '4xx': others, '5xx': others }

/** Response schemas for the statuses named, plus those that any route may answer with. */
export function errorResponses<Status extends number> (...statuses: Status[]) {
  const entries = [...statuses, 429, 503].map(status => [status, errorResponse(status)])
  type Statuses = Status | 429 | 503 | '4xx' | '5xx'
  return { ...Object.fromEntries(entries), ...otherErrors } as Record<Statuses, typeof ErrorSchema>
}
