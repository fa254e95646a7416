import t from 'tap'
import { call, startServer } from '../helper.ts'

const nobody = '00000000-0000-7000-8000-000000000000'

const server = await startServer(t)
const [ada, bob, eve] = [await server.signIn('Ada'), await server.signIn('Bob'), await server.signIn('Eve')]
const { id } = await ada.talkTo(bob)
const message = await ada.say(id, 'for Bob alone')

interface Endpoint { method: string, path: (id: string) => string, json?: unknown, about?: string }

const endpoints: Endpoint[] = [
  { method: 'GET', path: () => '/conversations' },
  { method: 'POST', path: () => '/conversations', json: { userId: bob.id } },
  { method: 'POST', path: () => '/sync', json: { conversations: {} } },
  { method: 'POST', path: () => '/upload/image' },
  { method: 'GET', path: id => `/conversations/${id}`, about: id },
  { method: 'PATCH', path: id => `/conversations/${id}`, json: { isMuted: true }, about: id },
  { method: 'GET', path: id => `/conversations/${id}/messages`, about: id },
  { method: 'POST', path: id => `/conversations/${id}/messages`, json: { text: 'let me in' }, about: id },
  { method: 'POST', path: id => `/conversations/${id}/messages`, json: { text: 'let me in', imageUrl: 'https://example.com/a.png' }, about: id },
  { method: 'POST', path: id => `/messages/${id}/read`, about: message.id },
  { method: 'DELETE', path: id => `/messages/${id}?for=self`, about: message.id },
  { method: 'DELETE', path: id => `/messages/${id}?for=everyone`, about: message.id },
]

for (const { method, path, json, about = nobody } of endpoints) {
  const name = `${method} ${path(':id')}`

  t.test(`${name} without a valid token is a 401, even before a body is looked at`, async t => {
    for (const token of [undefined, 'not.a.token']) {
      const { status, body } = await call(`${server.url}/api/v1${path(about)}`, method, {
        token, ...method !== 'GET' && { headers: { 'content-type': 'application/json' }, body: '{' },
      })
      t.equal(status, 401)
      t.match(body, { statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized' })
    }
  })

  if (about === nobody) continue

  t.test(`${name} tells a stranger no more than an id that does not exist`, async t => {
    const before = await server.sql('SELECT * FROM conversations, participants, messages')
    const [strange, missing] = [await eve.request(method, path(about), json), await eve.request(method, path(nobody), json)]
    t.equal(strange.status, 404)
    t.match(strange.body, { statusCode: 404, code: 'NOT_FOUND', error: 'Not Found' })
    t.same([strange.status, strange.body], [missing.status, missing.body])
    t.same(await server.sql('SELECT * FROM conversations, participants, messages'), before, 'and changes nothing')
  })

  t.test(`${name} with something that is no id is a 400`, async t => {
    for (const wrong of ['1', 'undefined', `${nobody}0`, '%00', encodeURIComponent(`${nobody}\n`)]) {
      const { status, body } = await ada.request(method, path(wrong), json)
      t.equal(status, 400, wrong)
      t.match(body, { code: 'VALIDATION_FAILED' })
    }
  })
}

t.test('bodies and queries with a wrong type, an unknown key or a value out of range are a 400', async t => {
  const wrong: Array<[method: string, path: string, json?: unknown]> = [
    ['GET', '/conversations?limit=0'], ['GET', '/conversations?limit=101'], ['GET', '/conversations?limit=many'], ['GET', '/conversations?page=2'],
    ['POST', '/conversations'], ['POST', '/conversations', {}], ['POST', '/conversations', { userId: 7 }], ['POST', '/conversations', { userId: 'bob' }],
    ['POST', '/conversations', { userId: bob.id, name: 'x' }], ['POST', '/conversations', [bob.id]],
    ['GET', `/conversations/${id}?limit=0`], ['GET', `/conversations/${id}?markRead=perhaps`], ['GET', `/conversations/${id}?cursor=7`], ['GET', `/conversations/${id}?after=1`],
    ['GET', `/conversations/${id}/messages?afterSeq=-1`], ['GET', `/conversations/${id}/messages?afterSeq=x`], ['GET', `/conversations/${id}/messages?beforeSeq=1.5`],
    ['GET', `/conversations/${id}/messages?limit=101`], ['GET', `/conversations/${id}/messages?afterSeq=99999999999999999999`], ['GET', `/conversations/${id}/messages?seq=1`],
    ['PATCH', `/conversations/${id}`], ['PATCH', `/conversations/${id}`, {}], ['PATCH', `/conversations/${id}`, { isMuted: 'true' }],
    ['PATCH', `/conversations/${id}`, { isMuted: null }], ['PATCH', `/conversations/${id}`, { isBlocked: 1 }], ['PATCH', `/conversations/${id}`, { isMuted: true, name: 'x' }],
    ['DELETE', `/messages/${message.id}`], ['DELETE', `/messages/${message.id}?for=all`], ['DELETE', `/messages/${message.id}?for=self&why=x`],
  ]
  const before = await server.sql('SELECT * FROM conversations, participants, messages')
  for (const [method, path, json] of wrong) {
    const { status, body } = await ada.request(method, path, json)
    t.equal(status, 400, `${method} ${path} ${JSON.stringify(json)}`)
    t.match(body, { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: String })
  }
  t.same(await server.sql('SELECT * FROM conversations, participants, messages'), before, 'and nothing changed')
})

t.test('over a socket as well, a stranger learns no more than of an id that does not exist', async t => {
  const socket = await eve.connect()
  for (const [event, strange, missing] of [
    ['message:send', { conversationId: id, text: 'x' }, { conversationId: nobody, text: 'x' }],
    ['message:read', { messageId: message.id }, { messageId: nobody }],
  ] as const) {
    const answer = await socket.ask(event, strange)
    t.match(answer, { ok: false, error: { statusCode: 404, code: 'NOT_FOUND' } }, event)
    t.same(answer, await socket.ask(event, missing))
  }
})
