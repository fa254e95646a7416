import pg from 'pg'
import t from 'tap'
import { startServer, until } from '../support/server.ts'

const server = await startServer(t)
const ada = await server.signIn('Ada')

t.test('without a valid token a connection is refused in the shape that errors have', async t => {
  const forged = ada.token.replace(/.$/, last => last === 'A' ? 'B' : 'A')
  for (const token of [
    undefined, null, '', 'nonsense', 7, true, [ada.token], { token: ada.token }, `Bearer ${ada.token}`,
    forged.slice(0, -10), 'x'.repeat(50_000),
  ]) {
    for (const transports of [['websocket'], ['polling']]) {
      const error = await server.connect(token, { transports }).then(() => undefined, error => error)
      t.match(error?.data, {
        statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: String,
      }, `${typeof token} ${String(token).slice(0, 20)}`)
    }
  }
  const nothing = await server.connect(undefined, { auth: {} }).catch(error => error)
  t.match(nothing.data, { code: 'UNAUTHENTICATED' })
  const inQuery = await server.connect(undefined, { auth: {}, query: { token: ada.token } }).catch(error => error)
  t.match(inQuery.data, { code: 'UNAUTHENTICATED' }, 'an address, which logs keep, is no place for a token')
})

t.test('the token stays at the door', async t => {
  const ear = await ada.connect()
  const { handshake } = server.app.io.sockets.sockets.get(ear.socket.id!)!
  t.notMatch(JSON.stringify(handshake), ada.token)
})

t.test('signing out closes the sockets of that session and of no other', async t => {
  const email = 'twice@example.com'
  const [first, second] = [await server.signIn('Bob', email), await server.signIn('Bob', email)]
  const [phone, laptop] = [await first.connect(), await second.connect()]
  const gone = phone.gone()
  await first.post('/auth/logout')
  t.equal(await gone, 'io server disconnect', 'for good: the client does not come back by itself')
  const again = await first.connect().catch(error => error)
  t.match(again.data, { statusCode: 401, code: 'UNAUTHENTICATED' })
  t.same(await laptop.ask('join', { userId: second.id }), { ok: true })

  await t.test('even one that is just connecting', async t => {
    const lock = new pg.Client({ connectionString: server.databaseUrl })
    await lock.connect()
    await lock.query('BEGIN; LOCK TABLE participants')
    const room = () => server.app.io.sockets.adapter.rooms.get(`user:${person.id}`)
    const person = await server.signIn('Cat')
    const connecting = person.connect({ reconnection: true, reconnectionDelay: 10 })
    await until(() => room()?.size === 1)
    await person.post('/auth/logout')
    await lock.query('COMMIT')
    await lock.end()
    const ear = await connecting
    await until(() => !ear.socket.connected)
    t.equal(room(), undefined)
  })
})

t.test('a socket ends when its token does', async t => {
  const brief = await startServer(t, { JWT_EXPIRES_IN: '2s' })
  const bob = await brief.signIn('Bob')
  const ear = await bob.connect()
  t.equal(await ear.gone(), 'io server disconnect')
  const again = await bob.connect().catch(error => error)
  t.match(again.data, { code: 'UNAUTHENTICATED' })
})
