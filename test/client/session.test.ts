import t from 'tap'
import { createClient, type ChatEvents } from '../../client/src/index.ts'
import { startServer, until, type Person } from '../support/server.ts'
import { connect, FakeClock, next, shows } from '../support/client/chats.ts'
import { createWire } from '../support/wire.ts'
import { createLine } from '../support/client/line.ts'

const server = await startServer(t)
const brief = await startServer(t, { JWT_EXPIRES_IN: '2s' })

t.test('a person signs out elsewhere: the client says so, and nothing happens any more', async t => {
  const ada = await server.signIn()
  const chat = await connect(t, ada)
  const heard: Array<ChatEvents['signedOut'][0]> = []
  chat.on('signedOut', event => { heard.push(event) })
  await ada.post('/auth/logout')
  await until(() => heard.length > 0)
  t.same(heard, [{ reason: 'ended' }])
  t.equal(chat.status, 'offline')
  await t.rejects(chat.api.getMe(), { code: 'UNAUTHENTICATED' })
  await t.rejects(chat.send('any', { text: 'Hello' }), { code: 'CLOSED' })
  t.equal(heard.length, 1)
})

t.test('a profile that changes elsewhere is told', async t => {
  const ada = await server.signIn()
  const chat = await connect(t, ada)
  const profile = next(chat, 'profile')
  await ada.patch('/users/me', { bio: 'Counts' })
  t.match(await profile, { id: ada.id, bio: 'Counts' })
})

t.test('it signs out itself', async t => {
  const ada = await server.signIn()
  const chat = await connect(t, ada)
  const signedOut = next(chat, 'signedOut')
  await chat.signOut()
  t.same(await signedOut, { reason: 'ended' })
  t.equal((await ada.get('/auth/me')).status, 401)
})

t.test('a token expires: the client says so, also if it is used after that', async t => {
  const ada = await brief.signIn()
  const chat = await createClient({ url: brief.url, token: ada.token })
  t.teardown(() => chat.close())
  t.same(await next(chat, 'signedOut'), { reason: 'expired' })
  const late = await createClient({ url: brief.url, token: ada.token })
  await t.rejects(late.online(), { code: 'CLOSED' })
})

t.test('a call says nobody is signed in before the socket does: what was written is kept, not refused', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  let isOver = false
  const chat = await connect(t, ada, {
    fetch: async (input, init) => isOver
      ? new Response(JSON.stringify({ statusCode: 401, code: 'UNAUTHENTICATED', message: '' }), { status: 401 })
      : fetch(input, init),
  })
  isOver = true
  const signedOut = next(chat, 'signedOut')
  await t.rejects(chat.send(id, { text: 'kept' }), { code: 'CLOSED' })
  await signedOut
  t.match(chat.conversation(id)!.messages, [{ status: 'pending', text: 'kept' }])
})

t.test('sent away for another reason, it comes back', async t => {
  const ada = await server.signIn()
  const chat = await connect(t, ada)
  const again = next(chat, 'status', status => status === 'online')
  server.app.io.to(`user:${ada.id}`).disconnectSockets(true)
  await again
  t.equal(chat.status, 'online')
})

t.test('sent away each time, it comes later each time, until a connection lasts', async t => {
  const ada = await server.signIn()
  const clock = new FakeClock()
  const chat = await connect(t, ada, { clock })
  const sendAway = () => server.app.io.to(`user:${ada.id}`).disconnectSockets(true)
  chat.parts.connection.socket.on('connect', sendAway)
  sendAway()
  for (const delay of [400, 800]) {
    await until(() => clock.next === delay)
    clock.pass(delay)
  }
  await until(() => clock.next === 1_600)
  chat.parts.connection.socket.off('connect', sendAway)
  const online = next(chat, 'status', status => status === 'online')
  clock.pass(1_600)
  await online
  clock.pass(20_000)
  sendAway()
  await until(() => clock.next === 400)
})

t.test('a device that slept asks at once whether its connection is alive, and makes another one if not', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const wire = await createWire(t, server.url)
  const clock = new FakeClock()
  const chat = await connect(t, bob, {
    url: wire.url, clock, fetch: (input, init) => fetch(String(input).replace(wire.url, server.url), init),
  })
  const { socket } = chat.parts.connection
  const first = socket.id
  clock.pass(20_000)
  clock.sleep(3_600_000)
  // Alive: the answer comes before anything that is asked after it.
  await socket.emitWithAck('join', { userId: bob.id })
  t.equal(socket.id, first)
  wire.silence()
  await ada.say(id, 'while it slept')
  clock.sleep(3_600_000)
  await shows(chat, () => chat.conversation(id)!.messages.length === 1)
  t.not(socket.id, first)
})

t.test('whoever is closed while it is asked stays closed', async t => {
  const clock = new FakeClock()
  const chat = await connect(t, await server.signIn(), { clock })
  await chat.online()
  const { socket } = chat.parts.connection
  clock.sleep(3_600_000)
  chat.close()
  await new Promise(resolve => setImmediate(resolve))
  t.notOk(socket.active)
})

t.test('a browser that finds a network, or is looked at, connects at once', async t => {
  const ada = await server.signIn()
  const [window, document] = [new EventTarget(), Object.assign(new EventTarget(), { visibilityState: 'hidden' })]
  Object.assign(globalThis, {
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    document,
  })
  t.teardown(
    () => {
      for (const name of ['addEventListener', 'removeEventListener', 'document']) {
        delete (globalThis as Record<string, unknown>)[name]
      }
    }
  )
  const line = await createLine(t, server.url)
  const chat = await connect(t, ada, { url: line.url })
  for (const come of [
    () => window.dispatchEvent(new Event('online')), () => document.dispatchEvent(new Event('visibilitychange')),
  ]) {
    line.cut()
    await next(chat, 'status', status => status === 'offline')
    line.mend()
    document.dispatchEvent(new Event('visibilitychange'))
    document.visibilityState = 'visible'
    const online = next(chat, 'status', status => status === 'online')
    come()
    await online
    document.visibilityState = 'hidden'
  }
  chat.close()
  const { socket } = chat.parts.connection
  window.dispatchEvent(new Event('online'))
  t.notOk(socket.active)
})

t.test('a token that is none is not taken', async t => {
  await t.rejects(createClient({ url: server.url, token: 'none' }), { message: 'This is no token of Convo.' })
})
