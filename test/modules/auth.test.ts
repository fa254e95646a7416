import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { call, startServer } from '../support/server.ts'
import { idTokenOf, makeToken, readToken, rsa, signInWith } from '../support/modules/auth.ts'

const server = await startServer(t, { LOG_LEVEL: 'trace' })
const key = createPrivateKey(await readFile(join(server.config.DATA_DIR, 'fake-google.pem')))

const [header, claims] = readToken(await idTokenOf(server, 'refused@example.com'))
const tokensTried: string[] = []

function trySignIn (idToken: string) {
  tokensTried.push(idToken)
  return signInWith(server, idToken)
}

t.test('a good ID token signs its person in', async t => {
  const idToken = makeToken(header, {
    ...claims, sub: 'ada', email: 'Ada@Example.com', name: 'Ada Lovelace', picture: 'https://example.com/ada.png',
  }, rsa(key))
  const { status, body } = await trySignIn(idToken)
  tokensTried.push(body.token)
  t.equal(status, 200)
  t.match(body.user, {
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    initials: 'AL',
    avatarColor: /^hsl\(\d+, 65%, 45%\)$/,
    avatarUrl: 'https://example.com/ada.png',
    bio: null,
    phoneNumber: null,
    username: 'ada.lovelace',
    isOnline: false,
  })
  t.same((await call(`${server.url}/api/v1/auth/me`, 'GET', { token: body.token })).body, { user: body.user })
})

t.test('the API token names the person and the session, for as long as JWT_EXPIRES_IN', async t => {
  const idToken = await idTokenOf(server, 'claims@example.com')
  const { body } = await signInWith(server, idToken, { 'user-agent': 'x'.repeat(600) })
  const [header, { iat, exp, jti, ...rest }] = readToken(body.token)
  t.same(header, { alg: 'HS256', typ: 'JWT' })
  t.same(rest, { sub: body.user.id, iss: 'convo', aud: 'convo' })
  t.equal(exp - iat, 7 * 86_400)

  const [session] = await server.sql(
    'SELECT *, extract(epoch FROM expires_at - created_at)::float AS seconds FROM sessions WHERE id = $1', [jti]
  )
  t.match(session, { user_id: body.user.id, revoked_at: null, user_agent: 'x'.repeat(500) })
  t.ok(Math.abs(session.seconds - 7 * 86_400) < 1)
})

t.test('what Google leaves out or overdoes is made good', async t => {
  const of = async (sub: string, changes: object) =>
    (await trySignIn(
      makeToken(header, { ...claims, sub, email: `${sub}@example.com`, ...changes }, rsa(key))
    )).body.user
  t.match(await of('nameless', { name: undefined }), { name: 'nameless', avatarUrl: null })
  t.match(await of('blank', { name: ' \u0000 ' }), { name: 'blank' })
  t.match(await of('long', { name: '😀'.repeat(150) }), { name: '😀'.repeat(100), initials: '😀' })
  t.match(await of('plain-http', { picture: 'http://example.com/p.png' }), { avatarUrl: null })
})

t.test('any other token is a 401', async t => {
  const { status, body } = await trySignIn(makeToken(header, { ...claims, aud: 'another-app' }, rsa(key)))
  t.same([
    status, body,
  ], [401, { statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: 'Sign in first.' }])
})

t.test('a body that is no sign-in is a 400', async t => {
  const url = `${server.url}/api/v1/auth/google`
  const idToken = await idTokenOf(server, 'strict@example.com')
  for (const json of [
    {}, { idToken, extra: 1 }, { idToken: 1 }, { idToken: null }, { idToken: '' }, { idToken: 'x'.repeat(8193) }, [],
    'text', null,
  ]) {
    const { status, body } = await call(url, 'POST', { json })
    t.match([status, body.code], [400, 'VALIDATION_FAILED'], JSON.stringify(json).slice(0, 40))
  }
  const malformed = await call(url, 'POST', { body: '{"idToken":', headers: { 'content-type': 'application/json' } })
  t.match([malformed.status, malformed.body.code], [400, 'VALIDATION_FAILED'])
})

t.test('no token is in the log, however much is logged', async t => {
  const log = server.log()
  t.match(log, '/api/v1/auth/google')
  for (const part of new Set(tokensTried.flatMap(token => token.split('.')).filter(part => part.length > 20))) {
    if (log.includes(part)) t.fail(`the log holds ${part}`)
  }
  t.notMatch(log, 'refused@example.com')
})
