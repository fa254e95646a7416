import t from 'tap'
import { startServer } from '../support/server.ts'

const nobody = '00000000-0000-7000-8000-000000000000'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id } = await ada.talkTo(bob)
const message = await ada.say(id, 'for Bob alone')

const endpoints: Array<[method: string, path: (id: string) => string, json?: unknown]> = [
  ['GET', id => `/conversations/${id}`],
  ['PATCH', id => `/conversations/${id}`, { isMuted: true }],
  ['GET', id => `/conversations/${id}/messages`],
  ['POST', id => `/conversations/${id}/messages`, { text: 'let me in' }],
  ['POST', id => `/messages/${id}/read`],
  ['DELETE', id => `/messages/${id}?for=self`],
  ['DELETE', id => `/messages/${id}?for=everyone`],
]

for (const [method, path, json] of endpoints) {
  t.test(`${method} ${path(':id')} with something that is no id is a 400`, async t => {
    for (const wrong of ['1', 'undefined', `${nobody}0`, '%00', encodeURIComponent(`${nobody}\n`)]) {
      const { status, body } = await ada.request(method, path(wrong), json)
      t.equal(status, 400, wrong)
      t.match(body, { code: 'VALIDATION_FAILED' })
    }
  })
}

t.test('bodies and queries with a wrong type, an unknown key or a value out of range are a 400', async t => {
  const wrong: Array<[method: string, path: string, json?: unknown]> = [
    ['GET', '/conversations?limit=0'], ['GET', '/conversations?limit=101'], ['GET', '/conversations?limit=many'],
    ['GET', '/conversations?page=2'],
    ['POST', '/conversations'], ['POST', '/conversations', {}], ['POST', '/conversations', { userId: 7 }],
    ['POST', '/conversations', { userId: 'bob' }],
    ['POST', '/conversations', { userId: bob.id, name: 'x' }], ['POST', '/conversations', [bob.id]],
    ['GET', `/conversations/${id}?limit=0`], ['GET', `/conversations/${id}?markRead=perhaps`],
    ['GET', `/conversations/${id}?cursor=7`], ['GET', `/conversations/${id}?after=1`],
    ['GET', `/conversations/${id}/messages?afterSeq=-1`], ['GET', `/conversations/${id}/messages?afterSeq=x`],
    ['GET', `/conversations/${id}/messages?beforeSeq=1.5`],
    ['GET', `/conversations/${id}/messages?limit=101`],
    ['GET', `/conversations/${id}/messages?afterSeq=99999999999999999999`],
    ['GET', `/conversations/${id}/messages?seq=1`],
    ['PATCH', `/conversations/${id}`], ['PATCH', `/conversations/${id}`, {}],
    ['PATCH', `/conversations/${id}`, { isMuted: 'true' }],
    ['PATCH', `/conversations/${id}`, { isMuted: null }], ['PATCH', `/conversations/${id}`, { isBlocked: 1 }],
    ['PATCH', `/conversations/${id}`, { isMuted: true, name: 'x' }],
    ['DELETE', `/messages/${message.id}`], ['DELETE', `/messages/${message.id}?for=all`],
    ['DELETE', `/messages/${message.id}?for=self&why=x`],
  ]
  const before = await server.sql('SELECT * FROM conversations, participants, messages')
  for (const [method, path, json] of wrong) {
    const { status, body } = await ada.request(method, path, json)
    t.equal(status, 400, `${method} ${path} ${JSON.stringify(json)}`)
    t.match(body, { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: String })
  }
  t.same(await server.sql('SELECT * FROM conversations, participants, messages'), before, 'and nothing changed')
})
