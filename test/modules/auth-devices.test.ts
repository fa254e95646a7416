import { randomUUID } from 'node:crypto'
import t from 'tap'
import { deviceOf } from '../../src/modules/auth/device.ts'
import type { Session } from '../../src/modules/auth/schemas.ts'
import { call, Person, startServer } from '../support/server.ts'
import { idTokenOf, readToken, signInWith } from '../support/modules/auth.ts'

const server = await startServer(t)
const sessionOf = ({ token }: Person): string => readToken(token)[1].jti
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

async function signInFrom (email: string, userAgent: string): Promise<Person> {
  const { body } = await signInWith(server, await idTokenOf(server, email), { 'user-agent': userAgent })
  return new Person(server, body.user, body.token)
}

t.test('one sees where one is signed in, newest first, and nobody else\'s sign-ins', async t => {
  const [
    phone, laptop,
  ] = [await signInFrom('ada@example.com', 'convo-app/1.2'), await signInFrom('ada@example.com', firefox)]
  const stranger = await server.signIn()
  const { status, body } = await phone.get('/auth/sessions')
  t.equal(status, 200)
  t.match(body, {
    sessions: [
      { id: sessionOf(laptop), device: 'Firefox on Linux', createdAt: /Z$/, lastUsedAt: /Z$/, isCurrent: false },
      { id: sessionOf(phone), device: 'convo-app', isCurrent: true },
    ],
    nextCursor: null,
    hasMore: false,
  })
  t.same((await laptop.get('/auth/sessions')).body.sessions.map((session: Session) => session.isCurrent), [true, false])
  const theirs: Session[] = (await stranger.get('/auth/sessions')).body.sessions
  t.same(theirs.map(session => session.id), [sessionOf(stranger)])

  await t.test('page by page', async t => {
    const first = (await phone.get('/auth/sessions?limit=1')).body
    t.match(first, { sessions: [{ id: sessionOf(laptop) }], nextCursor: sessionOf(laptop), hasMore: true })
    t.match((await phone.get(`/auth/sessions?limit=1&cursor=${first.nextCursor}`)).body, {
      sessions: [{ id: sessionOf(phone) }], nextCursor: null, hasMore: false,
    })
    for (const query of ['limit=0', 'limit=101', 'cursor=x', 'other=1']) {
      t.match(await phone.get(`/auth/sessions?${query}`), { status: 400, body: { code: 'VALIDATION_FAILED' } })
    }
  })
})

t.test('a device is named by what it says of itself', t => {
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
    'Version/17.0 Mobile/15E148 Safari/604.1'
  const userAgents = [iphone, 'curl/8.5.0', 'x'.repeat(500), ' ', null]
  t.same(userAgents.map(deviceOf), ['Safari on iOS', 'curl', 'x'.repeat(50), '', null])
  t.end()
})

t.test('use is noted, every five minutes, over HTTP and sockets', async t => {
  const ada = await server.signIn()
  const lastUse = async () =>
    (await server.sql('SELECT last_used_at FROM sessions WHERE id = $1', [sessionOf(ada)]))[0].last_used_at
  const forget = async (ago: string) => {
    await server.sql('UPDATE sessions SET last_used_at = now() - $2::interval WHERE id = $1', [sessionOf(ada), ago])
    return lastUse()
  }
  const freshNode = () => startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })

  const recent = await forget('4 minutes')
  t.equal((await call(`${(await freshNode()).url}/api/v1/auth/me`, 'GET', { token: ada.token })).status, 200)
  t.same(await lastUse(), recent)

  const longAgo = await forget('6 minutes')
  t.equal((await call(`${(await freshNode()).url}/api/v1/auth/me`, 'GET', { token: ada.token })).status, 200)
  t.ok(await lastUse() > longAgo)

  const before = await forget('1 hour')
  await (await freshNode()).connect(ada.token)
  t.ok(await lastUse() > before)
})

t.test('ending one session ends its token and its sockets, and no other', async t => {
  const [phone, laptop] = [await server.signIn('Bob', 'bob@example.com'), await server.signIn('Bob', 'bob@example.com')]
  const [lost, kept] = [await laptop.connect(), await phone.connect()]
  const gone = lost.gone()
  t.match(await phone.delete(`/auth/sessions/${sessionOf(laptop).toUpperCase()}`), {
    status: 200, body: { success: true },
  })
  t.equal(await gone, 'io server disconnect')
  t.match(await laptop.get('/auth/me'), { status: 401, body: { code: 'UNAUTHENTICATED' } })
  t.same(await kept.ask('join', { userId: phone.id }), { ok: true })
  t.match((await phone.get('/auth/sessions')).body.sessions, [{ id: sessionOf(phone) }])

  await t.test('twice, another\'s, or what is none, is not found', async t => {
    const carol = await server.signIn('Carol')
    const notFound = { status: 404, body: { statusCode: 404, code: 'NOT_FOUND', message: 'There is no such session.' } }
    for (const id of [sessionOf(laptop), sessionOf(carol), randomUUID()]) {
      t.match(await phone.delete(`/auth/sessions/${id}`), notFound)
    }
    t.match(await phone.delete('/auth/sessions/current'), { status: 400, body: { code: 'VALIDATION_FAILED' } })
    t.equal((await carol.get('/auth/me')).status, 200)
  })

  await t.test('one\'s own is signing out', async t => {
    const gone = kept.gone()
    t.equal((await phone.delete(`/auth/sessions/${sessionOf(phone)}`)).status, 200)
    t.equal(await gone, 'io server disconnect')
    t.equal((await phone.get('/auth/me')).status, 401)
  })
})

t.test('all others are ended at once, for good, within a second', async t => {
  const devices = await Promise.all(
    Array.from({ length: 5 }, () => server.signIn('Dave', 'dave@example.com'))
  ) as [Person, ...Person[]]
  const [current, ...others] = devices
  const stranger = await server.signIn()
  const [
    ears, own, foreign,
  ] = [await Promise.all(others.map(device => device.connect())), await current.connect(), await stranger.connect()]
  const gone = Promise.all(ears.map(ear => ear.gone()))
  const begun = Date.now()
  const answers = await Promise.all([current.delete('/auth/sessions'), current.delete('/auth/sessions')])
  t.same(answers.map(({ status, body }) => [status, body]), Array(2).fill([200, { success: true }]))
  t.same(new Set(await gone), new Set(['io server disconnect']))
  t.ok(Date.now() - begun < 1_000, `${Date.now() - begun} ms`)
  for (const device of others) t.equal((await device.get('/auth/me')).status, 401)
  t.same(await own.ask('join', { userId: current.id }), { ok: true })
  t.same(await foreign.ask('join', { userId: stranger.id }), { ok: true })
  t.match((await current.get('/auth/sessions')).body, {
    sessions: [{ id: sessionOf(current), isCurrent: true }], hasMore: false,
  })
})

t.test('signing in clears away what its person left and has expired', async t => {
  const [old, other] = [await server.signIn('Erin', 'erin@example.com'), await server.signIn('Frank')]
  await server.sql('UPDATE sessions SET expires_at = now() WHERE id = ANY($1)', [[sessionOf(old), sessionOf(other)]])
  const erin = await server.signIn('Erin', 'erin@example.com')
  t.same(await server.sql('SELECT id FROM sessions WHERE user_id = $1', [erin.id]), [{ id: sessionOf(erin) }])
  t.equal((await server.sql('SELECT id FROM sessions WHERE user_id = $1', [other.id])).length, 1)
})
