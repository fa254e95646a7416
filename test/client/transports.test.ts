import type { Socket } from 'socket.io'
import t, { type Test } from 'tap'
import { Chat, type ClientOptions } from '../../client/src/index.ts'
import { startServer, until, type Person } from '../support/server.ts'
import { connect, FakeClock, next, openPair, shows, textsOf } from '../support/client/chats.ts'
import { createLine } from '../support/client/line.ts'
import { createProxy } from '../support/client/proxy.ts'

const server = await startServer(t)

const transportOf = (chat: Chat) => chat.parts.connection.socket.io.engine.transport.name
/** The client tries again to open a WebSocket after this time. */
const tryInterval = 60_200

/** A client that does not wait long for a connection to open. */
async function connectHastily (t: Test, person: Person, options: Partial<ClientOptions>): Promise<Chat> {
  const chat = new Chat({ url: server.url, token: person.token, ...options })
  t.teardown(() => chat.close())
  chat.parts.connection.socket.io.timeout(500)
  await chat.open()
  return chat
}

/** A client that polls, since WebSockets are refused. */
async function connectPolling (t: Test, person: Person) {
  const proxy = await createProxy(t, server.url)
  const clock = new FakeClock()
  proxy.webSockets = 'refuse'
  const chat = await connect(t, person, { url: proxy.url, clock })
  // When it connected, and when Engine.IO tried to make a WebSocket of the connection.
  await until(() => proxy.upgrades === 2)
  return { chat, proxy, clock }
}

t.test('where WebSockets are refused it polls, and does all the same', async t => {
  const { ada, bob, id } = await openPair(server)
  const proxy = await createProxy(t, server.url)
  proxy.webSockets = 'refuse'
  const chat = await connect(t, bob, { url: proxy.url })
  t.equal(transportOf(chat), 'polling')
  await ada.say(id, 'Hello Bob')
  await shows(chat, () => textsOf(chat, id).length === 1)
  await chat.send(id, { text: 'Hello Ada' })
  t.same(textsOf(chat, id), ['Hello Bob', 'Hello Ada'])
})

t.test('where WebSockets are swallowed it polls after a while', async t => {
  const { ada } = await openPair(server)
  const proxy = await createProxy(t, server.url)
  proxy.webSockets = 'swallow'
  const chat = await connectHastily(t, ada, { url: proxy.url })
  await chat.online()
  t.equal(transportOf(chat), 'polling')
})

t.test('who polls goes back to a WebSocket when these pass again, and misses nothing', async t => {
  const { ada, bob, id } = await openPair(server)
  const { chat, proxy, clock } = await connectPolling(t, bob)
  const { socket } = chat.parts.connection
  const first = socket.id

  await t.test('trying it disturbs nobody', async t => {
    for (const tries of [3, 4]) {
      clock.pass(tryInterval)
      await until(() => proxy.upgrades === tries)
      // The next try, and the look whether the device slept.
      await until(() => clock.waiting === 2)
    }
    t.same([socket.id, transportOf(chat), chat.status], [first, 'polling', 'online'])
  })

  proxy.webSockets = 'pass'
  const connecting = next(chat, 'status', status => status === 'connecting')
  clock.pass(tryInterval)
  await connecting
  await ada.say(id, 'in between')
  await chat.online()
  await shows(chat, () => textsOf(chat, id).length === 1)
  t.equal(transportOf(chat), 'websocket')
  const { upgrades } = proxy
  clock.pass(10 * tryInterval)
  t.equal(proxy.upgrades, upgrades, 'then it tries no more')
})

t.test('who is closed while it tries whether WebSockets pass stays closed', async t => {
  const { chat, proxy, clock } = await connectPolling(t, await server.signIn())
  proxy.webSockets = 'pass'
  const tried = new Promise<void>(resolve => {
    server.app.io.engine.once('connection', (connection: Socket['conn']) => connection.once('close', () => resolve()))
  })
  clock.pass(tryInterval)
  await new Promise(resolve => setImmediate(resolve))
  chat.close()
  await tried
  t.equal(clock.waiting, 0)
  t.notOk(chat.parts.connection.socket.active)
})

t.test('an outage of the server is no reason to poll', async t => {
  const { ada } = await openPair(server)
  const line = await createLine(t, server.url)
  const chat = await connect(t, ada, { url: line.url })
  const offline = next(chat, 'status', (_status, reason) => reason === 'no server')
  line.cut()
  await offline
  line.mend()
  await chat.online()
  await until(() => transportOf(chat) === 'websocket')
})

t.test('where polling does not work, as without a balancer that keeps clients at one node, it is given up', async t => {
  const { ada } = await openPair(server)
  const proxy = await createProxy(t, server.url)
  const unknown = { status: 400, body: '{"code":1,"message":"Session ID unknown"}' }
  proxy.answer = path => path.includes('sid=') ? unknown : undefined
  proxy.webSockets = 'refuse'
  const chat = await connectHastily(t, ada, { url: proxy.url })
  await until(() => proxy.upgrades >= 3)
  proxy.webSockets = 'pass'
  await chat.online()
  t.equal(transportOf(chat), 'websocket')
})

t.test('what has worked is what it comes back with', async t => {
  const { chat, proxy, clock } = await connectPolling(t, await server.signIn())
  clock.pass(20_000)
  const again = next(chat, 'status', status => status === 'online')
  await server.app.drainSockets()
  await again
  await until(() => proxy.upgrades === 3)
  t.equal(transportOf(chat), 'polling')
})

t.test('a server may be below a path, for calls and for sockets of each kind', async t => {
  const { ada, bob, id } = await openPair(server)
  const proxy = await createProxy(t, server.url, '/chat')
  const chat = await connect(t, ada, { url: `${proxy.url}/` })
  t.equal(transportOf(chat), 'websocket')
  proxy.webSockets = 'refuse'
  const other = await connect(t, bob, { url: proxy.url })
  t.equal(transportOf(other), 'polling')
  await chat.send(id, { text: 'Hello Bob' })
  await shows(other, () => textsOf(other, id).length === 1)
})
