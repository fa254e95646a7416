import t from 'tap'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t, { FRONTEND_URL: 'https://chat.example,https://beta.example' })
const ada = await server.signIn('Ada')

const loggedAnswers = () =>
  server.log().split('\n').filter(Boolean).map(line => JSON.parse(line)).filter(line => line.msg === 'answered')

t.test('every answer carries a request id of its own, and so does its line in the log', async t => {
  const answers = [
    await ada.get('/users'),
    await call(`${server.url}/health`, 'GET'),
    await call(`${server.url}/api/v1/users`, 'GET'),
    await call(`${server.url}/nothing`, 'GET'),
    await call(`${server.url}/%zz`, 'GET'),
    await call(`${server.url}/api/v1/users/${'a'.repeat(300)}`, 'GET'),
    await call(`${server.url}/api/v1/users`, 'OPTIONS', {
      headers: { origin: 'https://chat.example', 'access-control-request-method': 'GET' },
    }),
    await call(`${server.url}/api/v1/users`, 'OPTIONS'),
    await call(`${server.url}/docs/openapi.json`, 'GET'),
    await call(`${server.url}/images/none.webp`, 'GET'),
    await call(`${server.url}/api/v1/auth/google`, 'POST', {
      body: '{', headers: { 'content-type': 'application/json', 'x-request-id': 'chosen-by-the-caller' },
    }),
  ]
  t.same(answers.map(({ status }) => status), [200, 200, 401, 404, 400, 414, 204, 204, 200, 404, 400])
  const ids = answers.map(({ headers }) => headers.get('x-request-id'))
  t.equal(new Set(ids).size, answers.length)
  const logged = new Map(loggedAnswers().map(line => [line.requestId, line]))
  for (const [i, id] of ids.entries()) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    t.match(logged.get(id), { statusCode: answers[i]!.status, msg: 'answered' })
  }
})

t.test('answers tell browsers to take no risks', async t => {
  for (const { headers } of [await ada.get('/auth/me'), await call(`${server.url}/nothing`, 'GET')]) {
    t.equal(headers.get('content-security-policy'), "default-src 'none';frame-ancestors 'none'")
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('x-frame-options'), 'DENY')
    t.match(headers.get('strict-transport-security'), 'max-age=')
    t.equal(headers.get('referrer-policy'), 'no-referrer')
    t.equal(headers.get('x-powered-by'), null)
  }
})

t.test('what is answered to a signed-in person is kept by no cache', async t => {
  t.equal((await ada.get('/auth/me')).headers.get('cache-control'), 'private, no-store')
  t.equal(
    (await call(`${server.url}/dev/google/token`, 'POST', { json: { email: 'a@example.com', name: 'A' } })).headers.get(
      'cache-control'
    ),
    'private, no-store',
    'nor is a token'
  )
  t.equal((await call(`${server.url}/health`, 'GET')).headers.get('cache-control'), null)
})

t.test('pages of the frontend may call, from each of its origins', async t => {
  for (const origin of ['https://chat.example', 'https://beta.example']) {
    const { status, headers } = await call(`${server.url}/api/v1/groups`, 'OPTIONS', {
      headers: {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    t.equal(status, 204)
    t.equal(headers.get('access-control-allow-origin'), origin)
    t.match(headers.get('access-control-allow-methods'), /PATCH/)
    t.match(headers.get('access-control-allow-headers'), /authorization/)
    const answer = await call(`${server.url}/health`, 'GET', { headers: { origin } })
    t.equal(answer.headers.get('access-control-allow-origin'), origin)
    t.match(answer.headers.get('access-control-expose-headers'), /x-request-id/)
    t.match(answer.headers.get('vary'), /Origin/)
  }
})

t.test('pages may call by each method that there is, and by no other', async t => {
  const { body: { paths } } = await call(`${server.url}/docs/openapi.json`, 'GET')
  const methods = new Set(Object.values<object>(paths).flatMap(operations => Object.keys(operations)))
  const { headers } = await call(`${server.url}/api/v1/groups`, 'OPTIONS', {
    headers: { origin: 'https://chat.example', 'access-control-request-method': 'GET' },
  })
  const allowed = headers.get('access-control-allow-methods')!.split(', ')
  t.same(allowed.sort(), [...methods, 'head'].map(method => method.toUpperCase()).sort())
})

t.test('pages of anybody else may not', async t => {
  for (const origin of ['https://evil.example', 'https://chat.example.evil.example', 'http://chat.example', 'null']) {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await call(`${server.url}/api/v1/groups`, method, {
        headers: { origin, 'access-control-request-method': 'GET' },
      })
      t.equal(headers.get('access-control-allow-origin'), null)
    }
  }
})

t.test('a socket is opened for pages of the frontend and for what is no page', async t => {
  const open = (origin?: string) => server.connect(ada.token, origin ? { extraHeaders: { origin } } : {})
  t.ok((await open('https://beta.example')).socket.connected)
  t.ok((await open()).socket.connected)
  await t.rejects(open('https://evil.example'))
  await t.rejects(open('null'))
})

t.test('in production nobody plays Google', async t => {
  const production = await startServer(t, {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    GOOGLE_CLIENT_ID: 'some.apps.googleusercontent.com',
    JWT_SECRET: 'x'.repeat(32),
  })
  t.equal((await call(`${production.url}/health`, 'GET')).status, 200)
  t.equal(
    (await call(`${production.url}/dev/google/token`, 'POST', { json: { email: 'a@example.com', name: 'A' } })).status,
    404
  )
})
