import t from 'tap'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const me = `${server.url}/api/v1/auth/me`
const ada = await server.signIn('Ada')
const unauthenticated = { statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: 'Sign in first.' }
const refusal = Object.assign(new Error('Sign in first.'), { data: unauthenticated })

t.test('the token comes as Bearer in Authorization and in no other way', async t => {
  const { token } = ada
  for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`]) {
    t.equal((await call(me, 'GET', { headers: { authorization } })).status, 200, authorization.slice(0, 6))
  }
  const odd = [
    '', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Token ${token}`, `Bearer  ${token}`, `Bearer ${token} more`,
    `Bearer\t${token}`, `Bearer "${token}"`, `Bearer ${token},`, `Bearer ${token}, Bearer ${token}`,
  ]
  for (const authorization of odd) {
    const answer = await call(me, 'GET', { headers: { authorization } })
    t.match(answer, { status: 401, body: unauthenticated }, authorization.replaceAll(token, '…'))
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

t.test('for a socket the token comes as a string in its handshake and in no other way', async t => {
  const odd = {
    'no token': undefined,
    null: null,
    'a number': 7,
    'an object': {
      token: ada.token,
    },
    'a list': [ada.token],
    'nothing in it': '',
    'with its scheme': `Bearer ${ada.token}`
  }
  for (const [what, token] of Object.entries(odd)) {
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
