import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { Listener } from '../support/listener.ts'
import { call, Person, startServer, until } from '../support/server.ts'
import { connectBare } from '../support/hostile.ts'

const server = await startServer(t, { RATE_LIMIT_MAX: '600', TRUST_PROXY: '127.0.0.1' })
const refusal = Object.assign(new Error('This person has as many connections as they may have: close one first.'), {
  data: { statusCode: 429, code: 'RATE_LIMITED', error: 'Too Many Requests' },
})
const from = (address: string) => ({ extraHeaders: { 'x-forwarded-for': address } })
const signIn = async (address: string, name: string) => {
  const headers = { 'x-forwarded-for': address }
  const request = { json: { email: `${name}@example.com`, name }, headers }
  const { body: { idToken } } = await call(`${server.url}/dev/google/token`, 'POST', request)
  const { body } = await call(`${server.url}/api/v1/auth/google`, 'POST', { json: { idToken }, headers })
  return new Person(server, body.user, body.token)
}
const outcome = (connecting: Promise<Listener>) =>
  connecting.then(() => 'connected', error => error.data?.code ?? error.message)
async function handshake (address: string, host = server) {
  const headers = { 'x-forwarded-for': address }
  const response = await fetch(`${host.url}/socket.io/?EIO=4&transport=polling`, { headers })
  return { status: response.status, text: await response.text() }
}

t.test('a person has fifty sockets at once on a node, and no more, however hastily', async t => {
  const ada = await signIn('10.0.0.1', 'ada')
  const attempts = Array.from({ length: 55 }, () => ada.connect())
  const outcomes = await Promise.all(attempts.map(outcome))
  t.equal(outcomes.filter(word => word === 'connected').length, 50)
  t.equal(outcomes.filter(word => word === 'RATE_LIMITED').length, 5)
  await t.rejects(ada.connect(), refusal)
  const bob = await signIn('10.0.0.1', 'bob')
  t.ok((await bob.connect()).socket.connected, 'which is nobody else\'s concern')

  await t.test('and one that closes makes room', async t => {
    const closing = await attempts[outcomes.indexOf('connected')]!
    closing.socket.disconnect()
    await until(async () => await outcome(ada.connect()) === 'connected')
    t.equal(await outcome(ada.connect()), 'RATE_LIMITED')
  })
})

t.test('knocking without a good token is counted with all else that comes from that address', async t => {
  const strict = await startServer(t, { RATE_LIMIT_MAX: '12', TRUST_PROXY: '127.0.0.1' })
  const knock = (address: string, token: unknown = 'forged') => outcome(strict.connect(token, from(address)))
  const ask = (address: string) =>
    call(`${strict.url}/api/v1/users`, 'GET', { headers: { 'x-forwarded-for': address } }).then(({ status }) => status)
  for (let i = 0; i < 6; i++) {
    t.equal(await knock('10.0.1.1', i % 2 ? 'forged' : undefined), 'UNAUTHENTICATED')
    t.equal(await ask('10.0.1.1'), 401)
  }
  t.same([await knock('10.0.1.1'), await ask('10.0.1.1')], ['RATE_LIMITED', 429])
  t.equal(await knock('10.0.1.2'), 'UNAUTHENTICATED', 'and not with what comes from another')

  const rotating = Array.from({ length: 20 }, (_, i) => `2001:db8:0:1::${i + 1}`)
  const words = await Promise.all(rotating.map(address => knock(address)))
  t.equal(words.filter(word => word === 'UNAUTHENTICATED').length, 12, 'of IPv6, a /64 is one address')
})

t.test('coming and going without end has a limit of its own, and others see none of it', async t => {
  const strict = await startServer(t, { RATE_LIMIT_MAX: '20' })
  const [eve, zoe] = [await strict.signIn('Eve'), await strict.signIn('Zoe')]
  await eve.talkTo(zoe)
  const ear = await zoe.connect()
  for (let i = 0; i < 20; i++) (await eve.connect()).socket.disconnect()
  t.equal(await outcome(eve.connect()), 'RATE_LIMITED')
  t.equal((await eve.get('/auth/me')).status, 200, 'requests are counted apart')
  await ear.next('user:online')
  t.equal(ear.all('user:online').length, 1)
  t.same(ear.all('user:offline'), [])
})

t.test('who lets go of the only thing that a connection is for loses the connection', async t => {
  const fay = await signIn('10.0.0.3', 'fay')
  const bare = await connectBare(t, server.url, fay.token)
  bare.socket.send('41')
  await until(bare.isClosed)
  t.pass('it was closed')
})

t.test('typing too fast is passed over in silence, and who does not stop is sent away', async t => {
  const [gil, hal] = [await signIn('10.0.0.4', 'gil'), await signIn('10.0.0.4', 'hal')]
  const { id: conversationId } = await gil.talkTo(hal)
  const [flooder, ear] = [await gil.connect(), await hal.connect()]
  const flood = (count: number) => Promise.all(
    Array.from({ length: count }, (_, i) => flooder.ask(i % 2 ? 'typing:stop' : 'typing:start', { conversationId }))
  )
  const answers = await flood(100)
  t.same(answers, Array(100).fill({ ok: true }))
  t.match(await flooder.ask('message:send', { conversationId, text: 'and yet' }), { ok: true })
  await ear.next('message:new')
  t.ok(ear.all('typing').length <= 40, `${ear.all('typing').length} heard`)

  const gone = flooder.gone()
  flood(300).catch(() => {})
  t.equal(await gone, 'io server disconnect')
  t.match(server.log(), 'a socket floods, closing it')
  t.ok(ear.socket.connected)
})

t.test('who has used up the minute and goes on is sent away', async t => {
  const strict = await startServer(t, { RATE_LIMIT_MAX: '10' })
  const ivy = await strict.signIn()
  const flooder = await ivy.connect()
  const gone = flooder.gone()
  let refused = 0
  for (let i = 0; i < 400; i++) {
    flooder.socket.emit('join', { userId: ivy.id }, ({ ok }: { ok: boolean }) => { if (!ok) refused++ })
  }
  t.equal(await gone, 'io server disconnect')
  t.ok(refused > 0)
  t.equal(strict.log().split('a socket floods').length - 1, 1, 'which is logged once')
})

/** Opens a connection, sends what `drip` says each second, and resolves with how many milliseconds it lasted. */
async function lasting (t: Test, drip: (socket: Socket) => void): Promise<number> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}).resume()
  const begun = Date.now()
  await once(socket, 'connect')
  drip(socket)
  const timer = setInterval(() => { if (socket.writable) drip(socket) }, 1_000)
  await once(socket, 'close')
  clearInterval(timer)
  return Date.now() - begun
}

t.test('nobody holds a connection for longer than 10 s without signing in or asking', async t => {
  const open = () => server.app.io.engine.clientsCount
  const before = open()
  const crowd = '10.9.9.9'
  const first = await Promise.all(Array.from({ length: 1_000 }, () => handshake(crowd)))
  t.ok(first.every(({ status }) => status === 200))
  t.equal(open() - before, 1_000)

  await t.test('and no address holds more than a thousand', async t => {
    const refused = await Promise.all([crowd, crowd, crowd].map(address => handshake(address)))
    t.same(refused.map(({ status }) => status), [403, 403, 403])
    t.match(refused[0]!.text, 'Too many connections from this address.')
    await t.rejects(server.connect('x', from(crowd)), 'over a WebSocket neither')
    t.equal((await handshake('10.9.9.8')).status, 200, 'of others, there is room for more')
  })

  const begun = Date.now()
  const [silent, dripping, bare] = await Promise.all([
    lasting(t, () => {}),
    lasting(
      t, socket => socket.write(socket.bytesWritten === 0 ? 'GET /health HTTP/1.1\r\nhost: convo\r\n' : 'x-more: 1\r\n')
    ),
    lasting(t, socket => {
      if (socket.bytesWritten === 0) {
        socket.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: convo\r\nconnection: upgrade\r\n' +
          'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
      }
    }),
    until(() => open() <= before, 15_000),
  ])
  for (const [what, ms] of Object.entries({ silent, dripping, bare, all: Date.now() - begun })) {
    t.ok(ms < 11_000, `${what}: ${ms} ms`)
  }
  t.equal((await handshake(crowd)).status, 200, 'and then there is room again')
})
