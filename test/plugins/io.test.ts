import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'socket.io'
import t from 'tap'
import { startServer, until } from '../support/server.ts'

const server = await startServer(t, { FRONTEND_URL: 'http://localhost:5173, https://chat.example.com' })
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id: conversationId } = await ada.talkTo(bob)
const handshake = (headers: Record<string, string>, method = 'GET') =>
  fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { method, headers })

t.test('only pages of FRONTEND_URL, and what is no page, may connect, whatever the transport', async t => {
  const allowed = [undefined, 'http://localhost:5173', 'https://chat.example.com']
  const refused = [
    'http://localhost:5174', 'https://localhost:5173', 'https://evil.example', 'https://chat.example.com.evil.example',
    'null', 'http://localhost:5173/',
  ]
  for (const transport of ['websocket', 'polling']) {
    const connect = (origin?: string) =>
      ada.connect({ transports: [transport], ...origin && { extraHeaders: { origin } } })
    for (const origin of allowed) {
      const ear = await connect(origin)
      t.same(await ear.ask('join', { userId: ada.id }), { ok: true }, `${transport} ${origin}`)
      ear.socket.disconnect()
    }
    for (const origin of refused) {
      t.ok(await connect(origin).then(() => undefined, error => error) instanceof Error, `${transport} ${origin}`)
    }
  }
  t.equal((await handshake({ origin: 'https://evil.example' })).status, 403)

  await t.test('and browsers are told so', async t => {
    for (const origin of allowed.slice(1) as string[]) {
      t.equal((await handshake({ origin })).headers.get('access-control-allow-origin'), origin)
    }
    t.equal((await handshake({ origin: 'https://evil.example' })).headers.get('access-control-allow-origin'), null)
    const preflight = await handshake({ origin: allowed[1]!, 'access-control-request-method': 'POST' }, 'OPTIONS')
    t.equal(preflight.headers.get('access-control-allow-origin'), allowed[1])
  })
})

t.test('a request to upgrade to anything else is a plain request, also on a connection used before', async t => {
  const upgrade = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ' +
    'h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n'
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let heard = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => { heard += chunk })
  for (let answers = 1; answers <= 2; answers++) {
    socket.write(upgrade)
    await until(() => heard.split('HTTP/1.1 200 OK').length > answers)
  }
  socket.end()
  await once(socket, 'close')
  t.equal(heard.split('HTTP/1.1 200 OK').length, 3)
})

t.test('polling does all that a WebSocket does', async t => {
  const ear = await ada.connect({ transports: ['polling'] })
  const { message } = await ear.ask('message:send', { conversationId, text: 'by polling' })
  t.same((await ear.next('message:new')).message, message)
  ear.socket.disconnect()

  await t.test('and may turn into one', async t => {
    const ear = await ada.connect({ transports: ['polling', 'websocket'] })
    await until(() => ear.socket.io.engine.transport.name === 'websocket')
    t.same(await ear.ask('join', { userId: ada.id }), { ok: true })
  })
})

t.test('a frame of 200 kB ends its connection and no other', async t => {
  const ear = await bob.connect()
  for (const transport of ['websocket', 'polling']) {
    const big = await ada.connect({ transports: [transport] })
    const gone = big.gone()
    big.socket.emit('message:send', { conversationId, text: 'x'.repeat(200_000) })
    t.match(await gone, /^transport/, transport)
  }
  const wide = await ada.connect()
  t.match(
    await wide.ask('message:send', { conversationId, text: `a${'\u0001'.repeat(8191)}` }),
    { ok: true },
    'the longest text, every character escaped, fits'
  )
  t.same(await ear.ask('join', { userId: bob.id }), { ok: true })
})

t.test('polling is asked with GET and POST alone', async t => {
  const sid = JSON.parse((await (await handshake({})).text()).slice(1)).sid
  for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD']) {
    const { status, headers } = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method })
    t.same([status, headers.get('allow')], [405, 'GET, POST'], method)
  }
})

t.test('no client code is served', async t => {
  t.not((await fetch(`${server.url}/socket.io/socket.io.js`)).status, 200)
})

t.test('closing with open sockets takes less than 2 s, and clients come back by themselves', async t => {
  const port = new URL(server.url).port
  const ears = await Promise.all([
    ada.connect({ reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 }),
    bob.connect({ reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100, transports: ['polling'] }),
    ...Array.from({ length: 5 }, () => ada.connect()),
  ])
  ears[0].socket.emit('typing:start', { conversationId })
  const reasons = Promise.all(ears.map(ear => ear.gone()))
  const begin = Date.now()
  await server.app.close()
  t.ok(Date.now() - begin < 2_000, `${Date.now() - begin} ms`)
  for (const reason of await reasons) t.match(reason, /^transport (close|error)$/)
  t.notMatch(server.log(), /"level":(40|50|60)/)

  await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET, PORT: port })
  await until(() => ears[0].socket.connected && ears[1].socket.connected)
  t.match(await ears[0].ask('message:send', { conversationId, text: 'back' }), { ok: true })
  t.match(await ears[1].next('message:new', ({ message }) => message.text === 'back'), { conversationId })
})

t.test('who polls is not told that it is over, which clients of other languages would believe', async t => {
  const server = await startServer(t)
  const { token } = await server.signIn()
  const { clients } = server.app.io.engine as unknown as { clients: Record<string, Socket['conn']> }
  const ask = async (query: string, body?: string) => {
    const init = body === undefined ? {} : { method: 'POST', body }
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling${query}`, init)
    return [response.status, await response.text()] as const
  }
  async function open () {
    const { sid } = JSON.parse((await ask(''))[1].slice(1))
    const session = `&sid=${sid}`
    await ask(session, `40${JSON.stringify({ token })}`)
    t.match(await ask(session), [200, /^40/])
    return { session, isWaiting: () => clients[sid]!.transport.writable }
  }
  const unknown = [400, '{"code":1,"message":"Session ID unknown"}']
  const [waiting, between] = [await open(), await open()]
  const poll = ask(waiting.session)
  await until(waiting.isWaiting)
  await server.app.drainSockets()
  t.same(await poll, [200, '6'], 'nothing comes any more')
  for (const { session } of [waiting, between]) t.same(await ask(session), unknown)
})

t.test('many sockets are sent away at random moments, not all at once', async t => {
  const server = await startServer(t)
  const person = await server.signIn()
  await Promise.all(Array.from({ length: 50 }, () => person.connect()))
  const order = [...server.app.io.sockets.sockets.keys()]
  const gone: Array<{ id: string, at: number }> = []
  for (const socket of server.app.io.sockets.sockets.values()) {
    socket.on('disconnect', () => gone.push({ id: socket.id, at: Date.now() }))
  }
  await server.app.close()
  t.equal(gone.length, 50)
  t.strictNotSame(gone.map(({ id }) => id), order)
  t.ok(gone.at(-1)!.at - gone[0]!.at > 20, `within ${gone.at(-1)!.at - gone[0]!.at} ms`)
})

t.test('a client that is gone without a word does not hold the close', async t => {
  const server = await startServer(t)
  const mute = connect(Number(new URL(server.url).port), '127.0.0.1')
  t.teardown(() => mute.destroy())
  mute.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: convo\r\nconnection: upgrade\r\n' +
      'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  )
  t.match(String(await once(mute, 'data')), /^HTTP\/1.1 101 /)
  const begun = Date.now()
  await server.app.close()
  t.ok(Date.now() - begun < 3_000, `${Date.now() - begun} ms`)
})
