import { STATUS_CODES } from 'node:http'
import createError from '@fastify/error'
import { isDatabaseUnavailable } from './lib/postgres-errors.ts'

const ownCodes = new Set<string>()

function declare<Args extends [unknown?, unknown?, unknown?] = []> (code: string, message: string, statusCode: number) {
  ownCodes.add(code)
  return createError<Args>(code, message, statusCode)
}

// Every error that Convo answers with on purpose. A code is a promise to clients: its meaning never changes.
export const ValidationFailed = declare<[string]>('VALIDATION_FAILED', '%s', 400)
export const Unauthenticated = declare('UNAUTHENTICATED', 'Sign in first.', 401)
export const Forbidden = declare<[string]>('FORBIDDEN', '%s', 403)
export const Blocked = declare('BLOCKED', 'One side of this conversation has blocked the other.', 403)
export const NotFound = declare<[string]>('NOT_FOUND', 'There is no such %s.', 404)
export const MethodNotAllowed = declare('METHOD_NOT_ALLOWED', 'This address has no such method: see Allow.', 405)
export const UsernameTaken = declare('USERNAME_TAKEN', 'This username is taken.', 409)
export const ClientMessageIdReused = declare(
  'CLIENT_MESSAGE_ID_REUSED', 'This clientMessageId was used for another message.', 409
)
export const MessageDeleted = declare('MESSAGE_DELETED', 'This message was deleted.', 409)
export const TooManyReactions = declare(
  'TOO_MANY_REACTIONS', 'One person may give 3 reactions to a message, and a message may have 20 kinds.', 409
)
export const GroupFull = declare('GROUP_FULL', 'This group has as many members as it may have.', 409)
export const PayloadTooLarge = declare<[string]>('PAYLOAD_TOO_LARGE', '%s', 413)
export const UnsupportedMediaType = declare<[string]>('UNSUPPORTED_MEDIA_TYPE', '%s', 415)
export const RateLimited = declare<[number]>('RATE_LIMITED', 'Too many requests, try again in %d s.', 429)
export const TooManySockets = declare(
  'RATE_LIMITED', 'This person has as many connections as they may have: close one first.', 429
)
export const Unavailable = declare<[string]>('UNAVAILABLE', '%s', 503)

const codesByStatus: Record<number, string> = {
  400: 'VALIDATION_FAILED',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
  503: 'UNAVAILABLE',
}

export interface ErrorBody { statusCode: number, code: string, error: string, message: string }

export function errorBody (statusCode: number, code: string, message: string): ErrorBody {
  return { statusCode, code, error: STATUS_CODES[statusCode] ?? 'Error', message }
}

/** What the outside may know of an error: its own words if it is the caller's doing, else nothing. */
export function toErrorBody (error: unknown): ErrorBody {
  const given = (error ?? {}) as { statusCode?: number, code?: string, message?: string }
  const { statusCode = 500, code = '', message = '' } = given
  if (ownCodes.has(code)) return errorBody(statusCode, code, message)
  if (isDatabaseUnavailable(error)) {
    return errorBody(503, 'UNAVAILABLE', 'The database does not answer, try again shortly.')
  }
  if (statusCode === 503) return errorBody(503, 'UNAVAILABLE', 'The server is busy or stopping, try again shortly.')
  if (statusCode >= 400 && statusCode < 500) {
    return errorBody(statusCode, codesByStatus[statusCode] ?? 'VALIDATION_FAILED', message)
  }
  return errorBody(500, 'INTERNAL', 'Something went wrong on our side.')
}
