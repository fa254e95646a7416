import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { call, startServer, type Answer } from '../support/server.ts'
import { addressIds, badRequests, bodies } from '../support/hostile.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id: conversationId } = await ada.talkTo(bob)
const api = `${server.url}/api/v1`

/** An error in the one shape, with the request's id. */
function failed (t: Test, { status, body, headers }: Answer, statusCode: number, code: string): void {
  t.same(Object.keys(body), ['statusCode', 'code', 'error', 'message'], 'the one shape')
  t.match({ status, ...body }, { status: statusCode, statusCode, code, error: String, message: /./ })
  t.match(headers.get('x-request-id'), /^[0-9a-f-]{36}$/)
  t.match(headers.get('content-type'), 'application/json')
}

type Body = string | Uint8Array | FormData
const post = (body: Body, type: string | undefined = 'application/json', path = '/conversations') =>
  call(api + path, 'POST', { token: ada.token, body, headers: type ? { 'content-type': type } : {} })

t.test('a body that is not the JSON expected is malformed', async t => {
  for (const body of bodies) failed(t, await post(body), 400, 'VALIDATION_FAILED')
  failed(t, await post(new Uint8Array([0xff, 0xfe, 0x00])), 400, 'VALIDATION_FAILED')
  failed(t, await post(Buffer.from('{"name":"a\xffb"}', 'latin1'), undefined, '/groups'), 400, 'VALIDATION_FAILED')
  t.equal((await post(Buffer.from('{"name":"aÿb"}'), undefined, '/groups')).body.group.name, 'aÿb')
})

t.test('a body of another type than JSON is not accepted', async t => {
  const body = JSON.stringify({ userId: bob.id })
  for (const type of [
    'text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/jsonx',
    'text/html; charset=utf-8', 'nonsense', ';',
  ]) {
    failed(t, await post(body, type), 415, 'UNSUPPORTED_MEDIA_TYPE')
  }
  t.equal((await post(body, 'application/json; charset=utf-8')).status, 200)
  const form = new FormData()
  form.append('userId', bob.id)
  failed(t, await post(form, ''), 400, 'VALIDATION_FAILED')
})

t.test('a body of two megabytes is too large, whatever it holds', async t => {
  failed(t, await post(JSON.stringify({ userId: 'x'.repeat(2_000_000) })), 413, 'PAYLOAD_TOO_LARGE')
  failed(t, await call(`${api}/conversations/${conversationId}/messages`, 'POST', {
    token: ada.token, json: { text: 'x'.repeat(2_000_000) },
  }), 413, 'PAYLOAD_TOO_LARGE')
})

t.test('keys that nobody declared are refused, not dropped', async t => {
  failed(t, await ada.post('/conversations', { userId: bob.id, admin: true }), 400, 'VALIDATION_FAILED')
  failed(t, await ada.patch('/users/me', { email: 'other@example.com' }), 400, 'VALIDATION_FAILED')
  failed(t, await ada.get('/users?serach=bob'), 400, 'VALIDATION_FAILED')
  t.equal((await ada.post('/groups', { name: 'x', secret: 1 })).body.message, 'body has an unknown key: "secret"')
  const { message } = (await ada.post('/groups', { name: 'x', ['"<'.repeat(1_000)]: 1 })).body
  t.equal(message, `body has an unknown key: ${JSON.stringify('"<'.repeat(25))}`)
})

t.test('nothing in a body is converted into what was expected', async t => {
  for (const text of [7, true, null, ['Hello'], { a: 1 }]) {
    failed(t, await ada.post(`/conversations/${conversationId}/messages`, { text }), 400, 'VALIDATION_FAILED')
  }
  for (const isMuted of ['true', 1, 'yes', null]) {
    failed(t, await ada.patch(`/conversations/${conversationId}`, { isMuted }), 400, 'VALIDATION_FAILED')
  }
  failed(t, await ada.post('/sync', { conversations: { [conversationId]: '1' } }), 400, 'VALIDATION_FAILED')
})

t.test('query strings are converted, being strings, but not guessed at', async t => {
  t.equal((await ada.get('/users?limit=1')).body.users.length, 1)
  for (const query of [
    'limit=0', 'limit=101', 'limit=1.5', 'limit=one', 'limit=1&limit=2', 'limit=', 'limit=9007199254740993', 'cursor=x',
    'search[]=a', 'search=a&search=b',
  ]) {
    failed(t, await ada.get(`/users?${query}`), 400, 'VALIDATION_FAILED')
  }
  failed(t, await ada.get(`/conversations/${conversationId}?markRead=maybe`), 400, 'VALIDATION_FAILED')
})

t.test('characters that PostgreSQL cannot hold are the caller\'s fault', async t => {
  for (const text of ['a\0b', '\ud800', 'x\udc00']) {
    failed(t, await ada.post(`/conversations/${conversationId}/messages`, { text }), 400, 'VALIDATION_FAILED')
    failed(t, await ada.patch('/users/me', { bio: text }), 400, 'VALIDATION_FAILED')
    failed(t, await ada.post('/groups', { name: text }), 400, 'VALIDATION_FAILED')
  }
  failed(t, await ada.get('/users?search=%00'), 400, 'VALIDATION_FAILED')
  failed(t, await ada.get('/groups?search=a%00b'), 400, 'VALIDATION_FAILED')
  for (const id of addressIds) failed(t, await ada.get(`/conversations/${id}`), 400, 'VALIDATION_FAILED')
  const invalidUtf8 = await ada.get('/users?search=%ff%fe')
  t.ok(invalidUtf8.status === 200 || invalidUtf8.status === 400)
})

t.test('keys that reach for prototypes are refused or mean nothing', async t => {
  failed(t, await post(`{"userId":"${bob.id}","__proto__":{"admin":true}}`), 400, 'VALIDATION_FAILED')
  failed(t, await post('{"conversations":{"__proto__":1}}', undefined, '/sync'), 400, 'VALIDATION_FAILED')
  failed(t, await ada.get('/users?__proto__=x'), 400, 'VALIDATION_FAILED')
  failed(t, await ada.get('/users?constructor=x'), 400, 'VALIDATION_FAILED')
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

t.test('events of sockets are held to the same', async t => {
  const ear = await ada.connect()
  for (const payload of [
    null, 'text', [], {}, { conversationId }, { conversationId, text: 7 }, { conversationId, text: 'a\0b' },
    { conversationId, text: '\ud800' }, { conversationId, text: 'a', admin: true },
  ]) {
    const { ok, error } = await ear.ask('message:send', payload)
    t.equal(ok, false)
    t.match(error, { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: /./ })
  }
  t.match(await ear.ask('message:send', { conversationId, text: 'Hello' }), {
    ok: true, message: { seq: 1 },
  }, 'none of them left a trace')
})

t.test('what is not there is not found, in the same shape', async t => {
  for (const path of ['/api/v1/nothing', '//', '/api/v2/users', '/api/v1/users/me/avatar/x', '/API/V1/users']) {
    failed(t, await call(server.url + path, 'GET'), 404, 'NOT_FOUND')
  }
  for (const method of ['PUT', 'DELETE', 'POST', 'PATCH']) {
    failed(t, await call(`${api}/groups/default/none`, method), 404, 'NOT_FOUND')
  }
})

t.test('an address that cannot be read is malformed', async t => {
  for (const path of ['/api/v1/users/%', '/%zz', '/api/v1/conversations/%e0%a4%a']) {
    failed(t, await call(server.url + path, 'GET'), 400, 'VALIDATION_FAILED')
  }
  failed(t, await call(`${api}/users/${'a'.repeat(500)}`, 'GET', { token: ada.token }), 414, 'URI_TOO_LONG')
})

/** Sends raw bytes and returns everything that comes back until the server closes the connection. */
async function raw (bytes: string | Uint8Array): Promise<string> {
  const socket = open()
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => { answer += chunk })
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

function open (): Socket {
  return connect(Number(new URL(server.url).port), '127.0.0.1')
}

t.test('what is not HTTP gets one answer and is shown the door', async t => {
  for (const bytes of badRequests) {
    const answer = await raw(bytes)
    t.match(answer, /^HTTP\/1.1 400 Bad Request\r\n/)
    t.match(answer, /x-request-id: [0-9a-f-]{36}\r\n/i)
    t.match(answer, '"code":"VALIDATION_FAILED"')
  }
  const tooMuch = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
  t.match(tooMuch, /^HTTP\/1.1 431 Request Header Fields Too Large\r\n/)
  t.match(tooMuch, '"statusCode":431,"code":"HEADERS_TOO_LARGE"')
})

t.test('a request that takes too long is told so', async t => {
  const accepted = once(server.app.server, 'connection')
  const socket = open()
  const [connection] = await accepted
  server.app.server.emit('clientError', Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), connection)
  const [answer] = await once(socket.setEncoding('latin1'), 'data')
  t.match(answer, /^HTTP\/1.1 408 Request Timeout\r\n[^]*"code":"REQUEST_TIMEOUT"/)
  await once(socket, 'close')
})

t.test('a caller that breaks off is none of the server\'s concern', async t => {
  const socket = open()
  socket.write(
    'POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ' +
      '100\r\n\r\n{"user'
  )
  const failure = once(server.app.server, 'clientError')
  socket.resetAndDestroy()
  t.match((await failure)[0], { code: 'ECONNRESET' })
  t.equal((await call(`${server.url}/health`, 'GET')).status, 200)
})

t.test('none of it was an error of the server\'s own', async t => {
  t.notMatch(server.log(), /"level":(50|60)/)
  t.notMatch(server.log(), /"statusCode":500/)
})

t.test('null, where a value may be left out, is as good as nothing', async t => {
  const { status, body } = await ada.post(`/conversations/${conversationId}/messages`, {
    text: 'Hello', imageUrl: null, clientMessageId: null,
  })
  t.match([status, body.message], [201, { text: 'Hello', imageUrl: null, clientMessageId: null }])
  const socket = await ada.connect()
  t.match(await socket.ask('message:send', { conversationId, text: 'Hello', imageUrl: null, clientMessageId: null }), {
    ok: true,
  })
  t.match(await socket.ask('message:send', { conversationId: null, text: 'Hello' }), {
    error: { code: 'VALIDATION_FAILED' },
  })

  await t.test('but clears what can be cleared', async t => {
    await ada.patch('/users/me', { bio: 'Counts', phoneNumber: null })
    t.equal((await ada.get('/auth/me')).body.user.bio, 'Counts')
    t.equal((await ada.patch('/users/me', { bio: null, name: null })).body.user.bio, null)
  })

  await t.test('and is no change by itself, nor what is needed', async t => {
    failed(t, await ada.patch(`/conversations/${conversationId}`, { isMuted: null }), 400, 'VALIDATION_FAILED')
    failed(t, await ada.post('/conversations', { userId: null }), 400, 'VALIDATION_FAILED')
  })
})
