import t from 'tap'
import { call, startServer, type Answer } from '../support/server.ts'
import { idTokenOf, signInWith } from '../support/modules/auth.ts'

const secret = 'canary-key-of-the-server-itself-0123456789'
const server = await startServer(t, { LOG_LEVEL: 'trace', JWT_SECRET: secret })
const api = `${server.url}/api/v1`

/** What only its owner may ever see again, wherever it was put in. */
const canaries = {
  email: 'canary.mail@example.com',
  phoneNumber: '+44 20 7946 0958',
  text: 'canary-words',
  search: 'canary-sought',
  body: 'canary-body',
  name: 'Adalgisa Canary',
}

const idToken = await idTokenOf(server, canaries.email, canaries.name)
const ada = await server.signIn(canaries.name, canaries.email)
const [bob, eve] = [await server.signIn('Bob'), await server.signIn('Eve')]
const { id } = await ada.talkTo(bob)
const { body: { group } } = await ada.post('/groups', { name: 'Open house' })
await eve.post(`/groups/${group.id}/join`)
const ears = { bob: await bob.connect(), eve: await eve.connect() }
const tokens = [idToken, ada.token].flatMap(token => [token, ...token.split('.').slice(1)])

/** Every answer that went to somebody else than Ada, or told what is wrong with what she sent. */
const answers: Answer[] = []
const keep = async (asking: Promise<Answer>) => {
  answers.push(await asking)
  return answers.at(-1)!
}

t.test('whatever is asked for rightly or wrongly', async t => {
  t.equal((await ada.patch('/users/me', { bio: 'Hello', phoneNumber: canaries.phoneNumber })).status, 200)
  await ada.say(id, canaries.text)
  t.match(
    await (await ada.connect()).ask('message:send', { conversationId: id, text: `${canaries.text} over a socket` }),
    { ok: true }
  )
  t.equal((await ada.get(`/users?search=${canaries.search}`)).status, 200)
  t.equal((await ada.get(`/groups?search=${canaries.search}`)).status, 200)

  const json = { 'content-type': 'application/json' }
  const wrong = [
    ada.post(`/conversations/${id}/messages`, { text: canaries.body, extra: canaries.body }),
    ada.post(`/conversations/${id}/messages`, { imageUrl: `https://example.com/${canaries.body}` }),
    ada.post('/conversations', { userId: canaries.body }),
    ada.patch('/users/me', { phoneNumber: canaries.body }),
    ada.get(`/users?cursor=${canaries.search}`),
    ada.get(`/users?extra=${canaries.search}`),
    ada.get(`/messages/${canaries.search}`),
    call(`${api}/conversations`, 'POST', { token: ada.token, body: `{"${canaries.body}`, headers: json }),
    call(`${server.url}/${canaries.search}?token=${ada.token}`, 'GET'),
    call(`${api}/users`, 'GET', { token: `${ada.token}x` }),
    call(`${api}/users`, 'GET', { headers: { authorization: `Basic ${ada.token}` } }),
    signInWith(server, `${idToken}x`),
    signInWith(server, canaries.body),
    call(`${api}/auth/google`, 'POST', { json: { idToken: [idToken] } }),
  ]
  for (const asking of wrong) t.ok((await keep(asking)).status >= 400)
  for (const token of [`${ada.token}x`, canaries.body]) {
    await server.connect(token).then(
      () => t.fail('connected'), error => answers.push({ status: 401, body: error.data, headers: new Headers() })
    )
  }
})

t.test('and when the database fails in the midst of it', async t => {
  // Statements that fail quote their values: what was to be stored, and for whom.
  await server.sql(
    'ALTER TABLE messages ADD CONSTRAINT no_more CHECK (text NOT LIKE \'canary-words to nobody%\') NOT VALID'
  )
  const text = `${canaries.text} to nobody`
  t.match(await keep(ada.post(`/conversations/${id}/messages`, { text })), { status: 500, body: { code: 'INTERNAL' } })
  const { error } = await (await ada.connect()).ask('message:send', { conversationId: id, text })
  answers.push({ status: 500, body: error, headers: new Headers() })
  await server.sql('ALTER TABLE sessions RENAME TO sessions_away')
  t.match(await keep(signInWith(server, idToken)), { status: 500, body: { code: 'INTERNAL' } })
  await server.sql('ALTER TABLE sessions_away RENAME TO sessions')
  const failure = server.log().split('\n').find(line => line.includes('no_more'))!
  t.match(JSON.parse(failure), {
    level: 50, msg: 'request failed', err: { code: '23514', message: 'a statement failed', stack: /at / },
  }, 'the operator learns what failed')
  t.match(server.log(), 'socket event failed')
})

t.test('others see what is theirs to see', async t => {
  await keep(eve.get('/users'))
  await keep(eve.get(`/users/${ada.id}`))
  await keep(eve.get(`/groups/${group.id}`))
  await keep(eve.post('/sync', { conversations: { [id]: 0 } }))
  for (const path of ['/conversations', `/conversations/${id}`, '/groups', '/auth/sessions', '/auth/me']) {
    await keep(eve.get(path))
  }
  const seen = JSON.stringify(answers.map(({ body, headers }) => [body, [...headers]])) + JSON.stringify(ears.eve.heard)
  const { email, phoneNumber, text, search, body } = canaries
  for (const canary of [...tokens, secret, email, phoneNumber, text, search, body]) {
    t.notOk(seen.includes(canary), canary.slice(0, 20))
  }
  t.ok(seen.includes(canaries.name), 'a name is')
  await ears.bob.next('message:new')
  const heard = JSON.stringify(ears.bob.heard)
  t.ok(heard.includes(canaries.text), 'as is a message to whom it was sent')
  for (const canary of [...tokens, canaries.email, canaries.phoneNumber]) {
    t.notOk(heard.includes(canary), canary.slice(0, 20))
  }
})

t.test('nothing of it is in the log, at whatever level, nor where everyone may look', async t => {
  const paths = ['/docs', '/docs/json', '/docs/openapi.json', '/health', '/health/ready']
  const pages = await Promise.all(paths.map(path => call(server.url + path, 'GET')))
  t.same(pages.map(({ status }) => status), Array(5).fill(200))
  const open = server.log() + JSON.stringify(pages.map(({ body, headers }) => [body, [...headers]]))
  const database = new URL(server.databaseUrl)
  const words = ['Adalgisa', '7946 0958', 'canary', 'Bearer ey', 'INSERT INTO', database.host, database.pathname]
  for (const canary of [...tokens, secret, ...Object.values(canaries), ...words]) {
    t.notOk(open.includes(canary), canary.slice(0, 20))
  }
})
