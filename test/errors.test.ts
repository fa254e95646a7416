import t from 'tap'
import * as errors from '../src/errors.ts'

const { toErrorBody, errorBody } = errors

t.test('an error of ours says what it is', async t => {
  t.same(toErrorBody(new errors.NotFound('group')), {
    statusCode: 404, code: 'NOT_FOUND', error: 'Not Found', message: 'There is no such group.',
  })
  t.same(toErrorBody(new errors.RateLimited(7)), {
    statusCode: 429, code: 'RATE_LIMITED', error: 'Too Many Requests', message: 'Too many requests, try again in 7 s.',
  })
})

t.test('the codes that clients may rely on keep their status', async t => {
  const words = ['x'] as [string]
  const {
    ValidationFailed,
    Unauthenticated,
    Forbidden,
    Blocked,
    NotFound,
    UsernameTaken,
    ClientMessageIdReused,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    Unavailable,
  } = errors
  const all = [
    new ValidationFailed(...words), new Unauthenticated(), new Forbidden(...words), new Blocked(),
    new NotFound(...words), new UsernameTaken(),
    new ClientMessageIdReused(), new PayloadTooLarge(...words), new UnsupportedMediaType(...words), new RateLimited(1),
    new Unavailable(...words),
  ]
  t.same(Object.fromEntries(all.map(error => [error.code, toErrorBody(error).statusCode])), {
    VALIDATION_FAILED: 400,
    UNAUTHENTICATED: 401,
    FORBIDDEN: 403,
    BLOCKED: 403,
    NOT_FOUND: 404,
    USERNAME_TAKEN: 409,
    CLIENT_MESSAGE_ID_REUSED: 409,
    PAYLOAD_TOO_LARGE: 413,
    UNSUPPORTED_MEDIA_TYPE: 415,
    RATE_LIMITED: 429,
    UNAVAILABLE: 503,
  })
})

t.test('an error of the framework about the request keeps its status and words, under a code of ours', async t => {
  const framework = (statusCode: number) =>
    toErrorBody(Object.assign(new Error('words'), { statusCode, code: 'FST_ERR_SOMETHING' }))
  t.same(framework(413), { statusCode: 413, code: 'PAYLOAD_TOO_LARGE', error: 'Payload Too Large', message: 'words' })
  t.equal(framework(414).code, 'URI_TOO_LONG')
  t.match(framework(418), { statusCode: 418, code: 'VALIDATION_FAILED' })
  t.same(framework(499), { statusCode: 499, code: 'VALIDATION_FAILED', error: 'Error', message: 'words' })
})

t.test('a database that does not answer and a server that is stopping are unavailable', async t => {
  const gone = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), {
    code: 'ECONNREFUSED', syscall: 'connect',
  })
  t.match(toErrorBody(gone), { statusCode: 503, code: 'UNAVAILABLE', message: /database/ })
  t.notMatch(toErrorBody(gone).message, '10.0.0.7')
  t.match(toErrorBody(Object.assign(new Error('inside'), { statusCode: 503 })), {
    statusCode: 503, code: 'UNAVAILABLE', message: /busy or stopping/,
  })
})

t.test('of any other error nothing is told', async t => {
  const silence = {
    statusCode: 500, code: 'INTERNAL', error: 'Internal Server Error', message: 'Something went wrong on our side.',
  }
  for (const error of [
    new Error('secret'), Object.assign(new Error('secret'), { statusCode: 502 }),
    Object.assign(new Error('secret'), { statusCode: 302 }), {}, 'secret', undefined, null,
  ]) {
    t.same(toErrorBody(error), silence)
  }
})

t.test('the shape has exactly the four fields', async t => {
  t.same(Object.keys(errorBody(400, 'VALIDATION_FAILED', 'x')), ['statusCode', 'code', 'error', 'message'])
})
