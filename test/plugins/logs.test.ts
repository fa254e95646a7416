import t from 'tap'
import { call, startServer } from '../helper.ts'

const server = await startServer(t, { LOG_LEVEL: 'trace' })
const lines = () => server.log().split('\n').filter(Boolean).map(line => JSON.parse(line))

t.test('every line of the log is JSON, and each answer has one that tells who and what, and how it went', async t => {
  const ada = await server.signIn('Ada')
  const { headers } = await ada.get(`/users/${ada.id}`)
  const line = lines().find(({ requestId, msg }) => requestId === headers.get('x-request-id') && msg === 'answered')
  t.match(line, { level: 30, method: 'GET', route: '/api/v1/users/:id', userId: ada.id, statusCode: 200, ms: Number })
})

t.test('what is private is in no line, at whatever level', async t => {
  const email = 'very.private@example.com'
  const [ada, bob] = [await server.signIn('Adalgisa Unwritten', email), await server.signIn('Bob')]
  const { id } = await ada.talkTo(bob)
  const ear = await bob.connect()

  await ada.say(id, 'whispered-over-http')
  await ear.ask('message:send', { conversationId: id, text: 'whispered-over-a-socket' })
  await ada.post(`/conversations/${id}/messages`, { text: 'whispered-wrongly', unknown: 'whispered-key' })
  await call(`${server.url}/api/v1/conversations`, 'POST', { token: ada.token, body: '{"whispered-brokenly', headers: { 'content-type': 'application/json' } })
  await ada.patch('/users/me', { bio: 'whispered-bio', phoneNumber: '+44 20 7946 0000' })
  await ada.get('/users?search=sought-person')
  await ada.get('/groups?search=sought-group&cursor=sought-cursor')
  await call(`${server.url}/sought-address?token=${ada.token}`, 'GET')
  await call(`${server.url}/api/v1/users`, 'GET', { token: `${ada.token}x` })
  await call(`${server.url}/api/v1/auth/google`, 'POST', { json: { idToken: 'whispered.id.token' } })
  await t.rejects(server.connect(`${ada.token}x`))

  // Statements that fail quote their values: what was to be stored, and for whom.
  await server.sql("ALTER TABLE messages ADD CONSTRAINT no_more CHECK (text NOT LIKE 'whispered-to-nobody%') NOT VALID")
  t.match(await ada.post(`/conversations/${id}/messages`, { text: 'whispered-to-nobody' }), { status: 500, body: { code: 'INTERNAL' } })
  t.match(await ear.ask('message:send', { conversationId: id, text: 'whispered-to-nobody-either' }), { ok: false, error: { statusCode: 500, code: 'INTERNAL' } })
  await server.sql('ALTER TABLE sessions RENAME TO sessions_away')
  t.match(await call(`${server.url}/dev/google/token`, 'POST', { json: { email: 'other.private@example.com', name: 'x' } })
    .then(({ body }) => call(`${server.url}/api/v1/auth/google`, 'POST', { json: body })), { status: 500, body: { code: 'INTERNAL' } })
  await server.sql('ALTER TABLE sessions_away RENAME TO sessions')

  const log = server.log()
  const failure = lines().find(({ err }) => err?.constraint === 'no_more')
  t.match(failure, { level: 50, msg: 'request failed', err: { code: '23514', message: 'a statement failed', stack: /at / } }, 'the operator learns what failed')
  t.match(log, 'socket event failed')
  for (const secret of [ada.token, ada.token.split('.')[2]!, 'whispered', 'sought', 'private@', '7946 0000', 'Adalgisa', 'Bearer', 'INSERT INTO']) {
    t.notOk(log.includes(secret), secret.slice(0, 20))
  }
})

t.test('a listener of the news that fails is logged, and the request that made it has succeeded', async t => {
  const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
  const { id } = await ada.talkTo(bob)
  server.app.events.on('message.sent', () => { throw new Error('deaf') })
  t.equal((await ada.post(`/conversations/${id}/messages`, { text: 'Hello' })).status, 201)
  t.ok(lines().some(({ msg, err }) => msg === 'a listener of message.sent failed' && err.message === 'deaf'))
})
