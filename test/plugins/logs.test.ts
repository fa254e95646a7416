import t from 'tap'
import { startServer } from '../support/server.ts'

const server = await startServer(t, { LOG_LEVEL: 'trace' })
const lines = () => server.log().split('\n').filter(Boolean).map(line => JSON.parse(line))

t.test('every line of the log is JSON, and each answer has one that tells who and what, and how it went', async t => {
  const ada = await server.signIn('Ada')
  const { headers } = await ada.get(`/users/${ada.id}`)
  const line = lines().find(({ requestId, msg }) => requestId === headers.get('x-request-id') && msg === 'answered')
  t.match(line, { level: 30, method: 'GET', route: '/api/v1/users/:id', userId: ada.id, statusCode: 200, ms: Number })
})

t.test('a listener of the news that fails is logged, and the request that made it has succeeded', async t => {
  const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
  const { id } = await ada.talkTo(bob)
  server.app.events.on('message.sent', () => { throw new Error('deaf') })
  t.equal((await ada.post(`/conversations/${id}/messages`, { text: 'Hello' })).status, 201)
  t.ok(lines().some(({ msg, err }) => msg === 'a listener of message.sent failed' && err.message === 'deaf'))
})
