import { generateKeyPairSync, randomUUID } from 'node:crypto'
import t from 'tap'
import { call, startServer } from '../helper.ts'
import { hmac, idTokenOf, inSeconds, makeToken, readToken, rsa, unsealed } from '../modules/auth-helper.ts'

const server = await startServer(t)
const me = `${server.url}/api/v1/auth/me`
const ada = await server.signIn('Ada')
const unauthenticated = { statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: 'Sign in first.' }
const refusal = Object.assign(new Error('Sign in first.'), { data: unauthenticated })

const [header, claims] = readToken(ada.token)
const seal = hmac(server.config.JWT_SECRET)
const forge = (changes: object) => makeToken(header, { ...claims, ...changes }, seal)
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const revoked = await server.signIn('Rae')
await revoked.post('/auth/logout')

/** All but the first made with the right secret where one is used, so that each fails for its own reason. */
const badTokens: Record<string, string> = {
  'another secret': makeToken(header, claims, hmac('x'.repeat(64))),
  HS384: makeToken({ ...header, alg: 'HS384' }, claims, hmac(server.config.JWT_SECRET, 'sha384')),
  HS512: makeToken({ ...header, alg: 'HS512' }, claims, hmac(server.config.JWT_SECRET, 'sha512')),
  RS256: makeToken({ ...header, alg: 'RS256' }, claims, rsa(privateKey)),
  none: makeToken({ ...header, alg: 'none' }, claims, unsealed),
  'no signature': makeToken(header, claims, unsealed),
  'no expiry': forge({ exp: undefined }),
  'expiry in words': forge({ exp: 'never' }),
  expired: forge({ exp: inSeconds(-1) }),
  'not valid yet': forge({ nbf: inSeconds(600) }),
  'no time of issue': forge({ iat: undefined }),
  'no session': forge({ jti: undefined }),
  'an unknown session': forge({ jti: randomUUID() }),
  'no person': forge({ sub: undefined }),
  'another issuer': forge({ iss: 'another' }),
  'no issuer': forge({ iss: undefined }),
  'another audience': forge({ aud: 'another' }),
  'no audience': forge({ aud: undefined }),
  'an ID token': await idTokenOf(server, ada.user.email),
  'a revoked one': revoked.token,
  garbage: 'garbage',
  'garbage in three parts': 'a.b.c',
}

t.test('a token made of the same parts is good', async t => {
  t.equal((await call(me, 'GET', { token: forge({}) })).status, 200)
})

t.test('any other is a 401', async t => {
  for (const [what, token] of Object.entries(badTokens)) {
    const { status, body } = await call(me, 'GET', { token })
    t.same([status, body], [401, unauthenticated], what)
  }
})

t.test('the token comes as Bearer in Authorization and in no other way', async t => {
  const { token } = ada
  for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`]) {
    t.equal((await call(me, 'GET', { headers: { authorization } })).status, 200, authorization.slice(0, 6))
  }
  const odd = ['', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Token ${token}`, `Bearer  ${token}`, `Bearer ${token} more`,
    `Bearer\t${token}`, `Bearer "${token}"`, `Bearer ${token},`, `Bearer ${token}, Bearer ${token}`]
  for (const authorization of odd) {
    t.match(await call(me, 'GET', { headers: { authorization } }), { status: 401, body: unauthenticated }, authorization.replaceAll(token, '…'))
  }
  t.match(await call(me, 'GET', { headers: { cookie: `token=${token}` } }), { status: 401 })
  t.match(await call(`${me}?token=${token}`, 'GET'), { status: 401 })
})

t.test('without a token every fault of the request is a 401 first', async t => {
  const bodies = {
    'a good body': { body: '{"name":"Eve"}', headers: { 'content-type': 'application/json' } },
    'a bad one': { body: '{"nonsense":1}', headers: { 'content-type': 'application/json' } },
    'one that does not parse': { body: '{"name":', headers: { 'content-type': 'application/json' } },
    'one of another type': { body: '<name/>', headers: { 'content-type': 'application/xml' } },
    'one that is too large': { body: 'x'.repeat(300_000), headers: { 'content-type': 'application/json' } },
  }
  for (const [what, options] of Object.entries(bodies)) {
    t.match(await call(`${server.url}/api/v1/users/me`, 'PATCH', options), { status: 401, body: unauthenticated }, what)
  }
  t.match(await call(`${server.url}/api/v1/users/no-uuid`, 'GET'), { status: 401 })
  t.match(await call(`${server.url}/api/v1/users?limit=0`, 'GET'), { status: 401 })
  t.match(await ada.patch('/users/me', { nonsense: 1 }), { status: 400 }, 'and with one a 400')
})

t.test('a socket without a good token is refused', async t => {
  const odd = { 'no token': undefined, null: null, 'a number': 7, 'an object': { token: ada.token }, 'a list': [ada.token], 'nothing in it': '', 'with its scheme': `Bearer ${ada.token}` }
  for (const [what, token] of Object.entries({ ...odd, ...badTokens })) {
    await t.rejects(server.connect(token), refusal, what)
  }
  await t.rejects(server.connect(undefined, { query: { token: ada.token } }), refusal, 'in the address')
  const listener = await ada.connect()
  t.same(await listener.ask('join', { userId: ada.id }), { ok: true })
})

t.test('when a token expires its socket is disconnected, and it is good for nothing more', async t => {
  const brief = await startServer(t, { JWT_EXPIRES_IN: '2s' })
  const bob = await brief.signIn('Bob')
  const listener = await bob.connect()
  t.equal((await bob.get('/auth/me')).status, 200)
  t.equal(await listener.gone(), 'io server disconnect')
  t.match(await bob.get('/auth/me'), { status: 401, body: unauthenticated })
  await t.rejects(bob.connect(), refusal)
})
