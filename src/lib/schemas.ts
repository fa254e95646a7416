import { STATUS_CODES } from 'node:http'
import { Type, type Static, type TSchema, type StringOptions } from '@sinclair/typebox'

/** `schema`, or null. A type array, because the serializer compiles it without trying alternatives. */
export function Nullable<T extends TSchema> (schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] })
}

const described = (description?: string) => description === undefined ? {} : { description }

export const exampleId = '01980000-0000-7000-8000-000000000001'

export const Uuid = (description?: string) => Type.String({
  format: 'uuid', ...described(description), examples: [exampleId],
})

export const Timestamp = (description?: string) => Type.String({
  format: 'date-time', ...described(description), examples: ['2026-11-23T12:00:00.000Z'],
})

export const exampleImageUrl = 'https://chat.example.com/images/0b5a6d0e-7d1f-4c3e-9a55-3f1f3b1e2d4c.webp'

export const ImageUrl = () => Type.String({ examples: [exampleImageUrl] })

/** Text that PostgreSQL can hold: well-formed, without NUL. */
export const Text = (options: StringOptions = {}) => Type.String({ format: 'text', ...options })

/** Of a person or group. Its length is counted in characters as people see them; what nobody sees is not in it. */
export const Name = (options: StringOptions = {}) => Type.String({
  format: 'name',
  minLength: 1,
  maxLength: 400,
  description: 'At most 100 characters, all of them visible: no controls, nothing of no width. Stored in ' +
    'Unicode\'s composed form (NFC).',
  ...options,
})

/** A counter or position; beyond 2^53 JSON numbers lose their last digits. */
export const Count = (description?: string, example = 7) => Type.Integer({
  minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...described(description), examples: [example],
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

const idParams = (options?: StringOptions) => Type.Object({
  id: Type.String({ format: 'uuid', description: 'Of what the address names.', ...options }),
})

/** Without an example: such ids are drawn, and none that is made up would be found. */
export const IdParamsSchema = idParams()

/** The first of the groups that every server has. */
export const exampleGroupId = '01970000-0000-7000-8000-000000000001'

export const ConversationIdParamsSchema = idParams({ examples: [exampleGroupId] })

export const defaultLimit = 50

export const Limit = Type.Integer({
  minimum: 1, maximum: 100, default: defaultLimit, description: 'How many to return.',
})

// Holds a name of up to 400 code points, in lower case, in base64.
export const Cursor = Text({
  maxLength: 4000,
  description: 'The `nextCursor` of the page before.',
})

/** A cursor that is an id. Like the other it has no example: none would find a page. */
export const IdCursor = (description = Cursor.description) => Type.String({ format: 'uuid', ...described(description) })

export const SearchQuerySchema = Type.Object({
  search: Type.Optional(
    Text({ maxLength: 100, description: 'Parts of a name, in any order. Case, accents and such do not matter.' })
  ),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
}, { additionalProperties: false })

export const pageFields = {
  nextCursor: Nullable(Type.String({ description: 'Where the next page starts; null at the end.', examples: [null] })),
  hasMore: Type.Boolean({ examples: [false] }),
}

export const SuccessSchema = Type.Object({ success: Type.Literal(true, { examples: [true] }) }, { title: 'Success' })

export const ErrorSchema = Type.Object({
  statusCode: Type.Integer({ examples: [404] }),
  code: Type.String({ description: 'A stable word for programs.', examples: ['NOT_FOUND'] }),
  error: Type.String({ examples: ['Not Found'] }),
  message: Type.String({ description: 'A sentence for people.', examples: ['There is no such conversation.'] }),
}, { title: 'Error', description: 'What went wrong.' })

const errors = {
  VALIDATION_FAILED: [400, 'The request is malformed.'],
  UNAUTHENTICATED: [401, 'The token is missing, expired or revoked.'],
  FORBIDDEN: [403, 'Not allowed to this person.'],
  BLOCKED: [403, 'One side of this conversation has blocked the other.'],
  NOT_FOUND: [404, 'It does not exist, or not for this person.'],
  USERNAME_TAKEN: [409, 'Somebody else has this username, or it is reserved.'],
  CLIENT_MESSAGE_ID_REUSED: [409, 'This clientMessageId was used for another message.'],
  MESSAGE_DELETED: [409, 'This message was deleted.'],
  TOO_MANY_REACTIONS: [409, 'One person may give 3 reactions to a message, and a message may have 20 kinds.'],
  GROUP_FULL: [409, 'This group has as many members as it may have.'],
  PAYLOAD_TOO_LARGE: [413, 'Too large.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Not a type of content that is accepted here.'],
  HEADERS_TOO_LARGE: [431, 'The headers are too large.'],
  RATE_LIMITED: [429, 'Too many requests; `Retry-After` says when to try again.'],
  UNAVAILABLE: [503, 'Try again shortly.'],
} as const
type Code = keyof typeof errors
type Status = typeof errors[Code][0]
type StatusOf<Which extends Status | Code> = Which extends Code ? typeof errors[Which][0] : Which

const exampleOfError = (statusCode: number, code: string, message: string) =>
  ({ statusCode, code, error: STATUS_CODES[statusCode], message })

const codeOf = (which: Status | Code) =>
  typeof which === 'string' ? which : (Object.keys(errors) as Code[]).find(code => errors[code][0] === which)!

function errorResponse (...codes: Code[]) {
  const description = codes.map(code => `${errors[code][1]} (\`${code}\`)`).join(' ')
  const examples = codes.map(code => exampleOfError(errors[code][0], code, errors[code][1]))
  return { ...ErrorSchema, 'x-response-description': description, examples }
}

const others = {
  ...ErrorSchema,
  'x-response-description': 'Any other error, in the same shape.',
  examples: [
    exampleOfError(408, 'REQUEST_TIMEOUT', 'The request did not arrive in time.'),
    exampleOfError(413, 'PAYLOAD_TOO_LARGE', 'Request body is too large.'),
    exampleOfError(414, 'URI_TOO_LONG', 'The address is too long.'),
    exampleOfError(415, 'UNSUPPORTED_MEDIA_TYPE', 'A body is JSON, unless it is a file.'),
    exampleOfError(500, 'INTERNAL', 'Something went wrong on our side.'),
  ],
}

/** Of errors that no route is needed for: a header too long, a fault of ours. */
export const otherErrors = { 431: errorResponse('HEADERS_TOO_LARGE'), '4xx': others, '5xx': others }

/**
 * Response schemas for the errors named, plus those that any route may answer with. A status stands for its
 * code where it has one alone.
 */
export function errorResponses<const Which extends Array<Exclude<Status, 403 | 409> | Code>> (...which: Which) {
  const codes = [...which.map(codeOf), 'RATE_LIMITED', 'UNAVAILABLE'] as Code[]
  const byStatus = Map.groupBy(codes, code => errors[code][0])
  return {
    ...Object.fromEntries([...byStatus].map(([status, codes]) => [status, errorResponse(...codes)])),
    ...otherErrors,
  } as Record<StatusOf<Which[number]> | 429 | 431 | 503 | '4xx' | '5xx', typeof ErrorSchema>
}
