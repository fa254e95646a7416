import t from 'tap'
import { toIso } from '../../src/lib/rows.ts'
import { startServer, until, type Person } from '../support/server.ts'
import { heldUp, readToken } from '../support/modules/auth.ts'

const server = await startServer(t)
const refusal = Object.assign(new Error('Sign in first.'), { data: { code: 'UNAUTHENTICATED' } })
const sessionOf = (token: string): string => readToken(token)[1].jti

t.test('signing out ends that token and its sockets, and no other', async t => {
  const [phone, laptop] = [await server.signIn('Ada', 'ada@example.com'), await server.signIn('Ada', 'ada@example.com')]
  t.equal(phone.id, laptop.id)
  const phoneSockets = [await phone.connect(), await phone.connect({ transports: ['polling'] })]
  const laptopSocket = await laptop.connect()

  const gone = phoneSockets.map(listener => listener.gone())
  t.match(await phone.post('/auth/logout'), { status: 200, body: { success: true } })
  t.same(await Promise.all(gone), ['io server disconnect', 'io server disconnect'])
  const [
    { revoked_at: revokedAt },
  ] = await server.sql('SELECT revoked_at FROM sessions WHERE id = $1', [sessionOf(phone.token)])
  t.ok(revokedAt)

  await t.test('for good', async t => {
    t.match(await phone.get('/auth/me'), { status: 401, body: { code: 'UNAUTHENTICATED' } })
    t.match(await phone.post('/auth/logout'), { status: 401 }, 'also for signing out again')
    await t.rejects(phone.connect(), refusal)
    t.same(await server.sql('SELECT revoked_at FROM sessions WHERE id = $1', [sessionOf(phone.token)]), [
      { revoked_at: revokedAt },
    ])
  })

  await t.test('while the other session goes on', async t => {
    t.match(await laptop.get('/auth/me'), {
      status: 200, body: { user: { id: phone.id, lastActive: toIso(revokedAt) } },
    })
    t.same(await laptopSocket.ask('join', { userId: laptop.id }), { ok: true })
    t.match(await laptop.post('/auth/logout'), { status: 200 })
    await until(() => !laptopSocket.socket.connected)
  })

  await t.test('and its person can sign in again', async t => {
    const again = await server.signIn('Ada', 'ada@example.com')
    t.equal(again.id, phone.id)
    t.equal((await again.get('/auth/me')).status, 200)
  })
})

t.test('a body does not disturb a sign-out, twice at once neither', async t => {
  const bob = await server.signIn('Bob')
  const answers = await Promise.all([bob.post('/auth/logout', {}), bob.post('/auth/logout')])
  t.ok(answers.every(({ status }) => status === 200 || status === 401))
  t.ok(answers.some(({ status }) => status === 200))
  t.match(await bob.get('/auth/me'), { status: 401 })
})

t.test('on a node that has not seen it yet, a session is what the database says', async t => {
  const people = await server.signInMany(5) as [Person, Person, Person, Person, Person]
  const [signedOut, revoked, expired, deleted, good] = people
  for (const person of people) t.equal((await person.get('/auth/me')).status, 200)
  const node = await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })
  const statusThere = async ({ token }: { token: string }) =>
    (await fetch(`${node.url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } })).status

  await signedOut.post('/auth/logout')
  await server.sql('UPDATE sessions SET revoked_at = now() WHERE id = $1', [sessionOf(revoked.token)])
  await server.sql('UPDATE sessions SET expires_at = now() WHERE id = $1', [sessionOf(expired.token)])
  await server.sql('DELETE FROM sessions WHERE id = $1', [sessionOf(deleted.token)])
  t.same(await Promise.all(people.map(statusThere)), [401, 401, 401, 401, 200])
  for (const { token } of [signedOut, revoked, expired, deleted]) {
    await t.rejects(node.connect(token), refusal)
  }
  t.ok((await node.connect(good.token)).socket.connected)
})

t.test('a session that is revoked while it is being looked up is refused', async t => {
  const carol = await server.signIn('Carol')
  const session = { sessionId: sessionOf(carol.token), userId: carol.id }
  const meanwhile = () => server.app.events.emit('session.revoked', session)
  const lock = { table: 'sessions', mode: 'ACCESS EXCLUSIVE', count: 1, meanwhile }
  t.match(await heldUp(server, lock, () => carol.get('/auth/me')), { status: 401, body: { code: 'UNAUTHENTICATED' } })

  const dave = await server.signIn('Dave')
  const unhindered = { ...lock, meanwhile: () => {} }
  t.match(await heldUp(server, unhindered, () => dave.get('/auth/me')), { status: 200 })
})

t.test('a session is looked up once, not with every request', async t => {
  const erin = await server.signIn('Erin')
  t.equal((await erin.get('/auth/me')).status, 200)
  await server.sql('DELETE FROM sessions WHERE id = $1', [sessionOf(erin.token)])
  t.equal((await erin.get('/auth/me')).status, 200)
})

t.test('who was deleted under a living token is not there', async t => {
  const frank = await server.signIn('Frank')
  t.equal((await frank.get('/auth/me')).status, 200)
  await server.sql('DELETE FROM users WHERE id = $1', [frank.id])
  const notFound = { status: 404, body: { code: 'NOT_FOUND', message: 'There is no such user.' } }
  t.match(await frank.get('/auth/me'), notFound)
  t.match(await frank.patch('/users/me', { name: 'Frank' }), notFound)
})
