import pg from 'pg'
import t, { type Test } from 'tap'
import { startServer, until, type TestServer } from '../support/server.ts'

const unavailable = {
  ok: false, error: { statusCode: 503, code: 'UNAVAILABLE', error: 'Service Unavailable', message: String },
}
const rateLimited = {
  ok: false,
  error: { statusCode: 429, code: 'RATE_LIMITED', error: 'Too Many Requests', message: /try again in \d+ s/ },
}

/** Ada with a socket whose events wait, until `release`, for a table that somebody else has locked. */
async function startBlocked (t: Test, server: TestServer, table: string) {
  const [ada, bob] = [await server.signIn(), await server.signIn()]
  const { id: conversationId } = await ada.talkTo(bob)
  const ear = await ada.connect()
  const lock = new pg.Client(server.databaseUrl)
  await lock.connect()
  t.teardown(() => lock.end())
  await lock.query(`BEGIN; LOCK TABLE ${table}`)
  return { ada, ear, conversationId, release: () => lock.query('COMMIT') }
}

const isBlocked = (server: TestServer) => until(async () =>
  (await server.sql("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'convo' AND " +
    'datname = current_database()')).length > 0)

const server = await startServer(t)

t.test('an event counts against the limit when it comes, not when its turn does', async t => {
  const server = await startServer(t, { RATE_LIMIT_MAX: '20' })
  const { ada, ear, conversationId, release } = await startBlocked(t, server, 'conversations')
  const first = ear.ask('typing:stop', { conversationId })
  await isBlocked(server)
  // With the call that opened the conversation, twenty.
  const waiting = Array.from({ length: 18 }, () => ear.ask('join', { userId: ada.id }))
  t.match(await ear.ask('join', { userId: ada.id }), rateLimited, 'while those before it still wait')
  t.equal((await ada.get('/auth/me')).status, 429)
  await release()
  for (const answer of [first, ...waiting]) t.same(await answer, { ok: true })
})

t.test('at most a hundred events of a socket wait; one more is told to come later', async t => {
  const { ada, ear, conversationId, release } = await startBlocked(t, server, 'conversations')
  const first = ear.ask('typing:stop', { conversationId })
  await isBlocked(server)
  const waiting = Array.from({ length: 100 }, () => ear.ask('join', { userId: ada.id }))
  const tooMany = Array.from({ length: 20 }, () => ear.ask('join', { userId: ada.id }))
  for (const answer of await Promise.all(tooMany)) t.match(answer, rateLimited)
  t.same(
    await (await ada.connect()).ask('join', { userId: ada.id }), { ok: true }, 'which is nothing to another socket'
  )
  await release()
  for (const answer of await Promise.all([first, ...waiting])) t.same(answer, { ok: true })
  t.same(await ear.ask('join', { userId: ada.id }), { ok: true })
})

t.test('when the database does not answer one event, those that wait behind it are not tried', async t => {
  const { ear, conversationId, release } = await startBlocked(t, server, 'messages')
  const began = Date.now()
  const sends = ['one', 'two', 'three', 'four', 'five'].map(text => ear.ask('message:send', { conversationId, text }))
  for (const answer of await Promise.all(sends)) t.match(answer, unavailable)
  t.comment(`five answers after ${Date.now() - began} ms`)
  t.ok(Date.now() - began < 5_000)
  await release()
  t.match(await ear.ask('message:send', { conversationId, text: 'six' }), { ok: true, message: { seq: 1 } })
  t.same(await server.sql('SELECT text FROM messages'), [{ text: 'six' }])
  t.notMatch(server.log(), /"level":50/)
})
