import t from 'tap'
import { ConvoError, createApi, signIn, type Clock } from '../../client/src/index.ts'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)

/** Waits for nothing, and notes for how long it would have. */
function createClock () {
  const waits: number[] = []
  const clock: Clock = {
    now: () => 0,
    random: () => 1,
    after (ms, run) {
      waits.push(ms)
      setImmediate(run)
      return () => {}
    },
  }
  return { waits, clock }
}

function createStub (...answers: Array<Response | Error>) {
  const calls: Array<{ address: string, init: RequestInit }> = []
  const { clock, waits } = createClock()
  const api = createApi({
    url: 'https://chat.example.com/',
    token: 'secret',
    clock,
    async fetch (address, init) {
      calls.push({ address: String(address), init: init! })
      const answer = answers.shift()
      if (answer instanceof Response) return answer
      throw answer as Error
    },
  })
  return { api, calls, waits }
}

const answer = (status: number, body: unknown = {}, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers })
const busy = () => answer(503, { statusCode: 503, code: 'UNAVAILABLE', message: 'Try again.' })

t.test('an ID token is exchanged for a token and who one is', async t => {
  const account = { email: 'ada@example.com', name: 'Ada' }
  const { body: { idToken } } = await call(`${server.url}/dev/google/token`, 'POST', { json: account })
  const { token, user } = await signIn(server.url, idToken)
  t.match(user, { name: 'Ada', email: 'ada@example.com' })
  const { clock } = createClock()
  const api = createApi({ url: server.url, token, fetch, clock })
  t.same((await api.getMe()).user.id, user.id)
  t.match(await api.listUsers({ search: 'nobody', limit: 5 }), { users: [], hasMore: false })
  t.match(await api.updateMe({ bio: null, name: 'Ada King' }), { user: { name: 'Ada King' } })
  await t.rejects(api.getUser({ id: 'no/id' }), { statusCode: 400, code: 'VALIDATION_FAILED' })
  await t.rejects(signIn(server.url, 'worthless'), { statusCode: 401, code: 'UNAUTHENTICATED' })
})

t.test('what a call takes goes into the path, the query, the body or a form', async t => {
  const { api, calls } = createStub(answer(200), answer(200), answer(200), answer(200))
  await api.listMessages({ id: 'a/b', afterSeq: 5, limit: undefined as never })
  await api.deleteMessage({ id: 'm', for: 'self' })
  await api.updateConversation({ id: 'c', isMuted: true })
  await api.uploadAvatar({ avatar: new Blob(['x']) })
  t.same(calls.map(({ address, init }) => [init.method, address.replace('https://chat.example.com/api/v1', '')]), [
    ['GET', '/conversations/a%2Fb/messages?afterSeq=5'], ['DELETE', '/messages/m?for=self'],
    ['PATCH', '/conversations/c'], ['POST', '/users/me/avatar'],
  ])
  t.same(calls.map(({ init }) => init.body instanceof FormData ? 'form' : init.body), [
    undefined, undefined, '{"isMuted":true}', 'form',
  ])
  t.match(calls[2]!.init.headers, { authorization: 'Bearer secret', 'content-type': 'application/json' })
})

t.test('without an answer, and with one for the moment only, it is asked again, later each time', async t => {
  const { api, calls, waits } = createStub(
    new TypeError('no network'), busy(), answer(429, {}, { 'retry-after': '3' }), answer(200, { user: {} })
  )
  t.same(await api.getMe(), { user: {} })
  t.equal(calls.length, 4)
  t.same(waits, [400, 800, 3_000 + 1_600])
})

t.test('after five attempts it fails, with what was wrong last', async t => {
  const { api, calls } = createStub(busy(), busy(), busy(), busy(), new TypeError('no network'))
  const error = await api.getMe().catch(error => error)
  t.ok(error instanceof ConvoError)
  t.match(error, { name: 'ConvoError', statusCode: 0, code: 'UNREACHABLE' })
  t.equal(calls.length, 5)
})

t.test('what could happen twice is asked once, unless the server says that it did nothing', async t => {
  const { api, calls } = createStub(busy(), busy(), answer(429, {}, { 'retry-after': 'soon' }), answer(201))
  await t.rejects(api.createGroup({ name: 'Chess' }), { code: 'UNAVAILABLE' })
  await t.rejects(api.sendMessage({ id: 'c', text: 'Hello' }), { code: 'UNAVAILABLE' })
  t.equal(calls.length, 2)
  await api.createGroup({ name: 'Chess' })
  t.equal(calls.length, 4)
})

t.test('an answer that is none of Convo fails, and one that is cut off is none', async t => {
  const { api } = createStub(
    new Response('<h1>Not here</h1>', { status: 404 }),
    new Response('{"user":', { status: 200 }),
    answer(200, { user: {} })
  )
  await t.rejects(api.getMe(), { statusCode: 404, code: 'UNEXPECTED' })
  t.same(await api.getMe(), { user: {} })
})

t.test('whoever gives up is not asked for again', async t => {
  const { api, calls } = createStub(new TypeError('aborted'))
  await t.rejects(api.getMe({}, { signal: AbortSignal.abort() }), { code: 'UNREACHABLE' })
  t.equal(calls.length, 1)
})
