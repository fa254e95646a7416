import t from 'tap'
import { call, startServer, type Person } from '../support/server.ts'
import { collide, failWhileWaiting } from '../support/modules/collide.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  return { ada, bob, id, phone: await ada.connect() }
}

const lockConversation = 'SELECT FROM conversations WHERE id = $1 FOR UPDATE'
const lockUser = 'SELECT FROM users WHERE id = $1 FOR UPDATE'
const expel = 'DELETE FROM participants WHERE conversation_id = $1'

t.test('two deletions of a message that meet are one event and one new version', async t => {
  const { ada, id, phone } = await openPair()
  const message = await ada.say(id, '1')
  const remove = () => ada.delete(`/messages/${message.id}?for=everyone`)
  const answers = await collide(server, lockConversation, id, [remove, remove])
  t.same(answers.map(({ status }) => status), [200, 200])
  const after = await ada.say(id, '2')
  t.equal(after.version, message.version + 2)
  await phone.next('message:new', event => event.version === after.version)
  t.same(phone.all('message:deleted').map(({ version }) => version), [message.version + 1])
})

for (const [where, lock] of [['at the reader', lockUser], ['at the conversation', lockConversation]] as const) {
  t.test(`two readings that meet ${where} are one event and one new version`, async t => {
    const { ada, bob, id, phone } = await openPair()
    const message = await ada.say(id, '1')
    const read = () => bob.post(`/messages/${message.id}/read`)
    const answers = await collide(server, lock, lock === lockUser ? bob.id : id, [read, read])
    t.same(answers.map(({ status }) => status), [200, 200])
    const after = await ada.say(id, '2')
    t.equal(after.version, message.version + 2)
    await phone.next('message:new', event => event.version === after.version)
    t.same(phone.all('message:status').map(({ version }) => version), [message.version + 1])
  })
}

t.test('a reading that meets one further on changes nothing after it', async t => {
  const { ada, bob, id, phone } = await openPair()
  const [first, second] = [await ada.say(id, '1'), await ada.say(id, '2')]
  await collide(server, lockUser, bob.id, [
    () => bob.post(`/messages/${second.id}/read`), () => bob.post(`/messages/${first.id}/read`),
  ])
  const after = await ada.say(id, '3')
  await phone.next('message:new', event => event.version === after.version)
  // Both may have moved the position; their news may come in either order, their versions tell which was last.
  const reads = phone.all('message:status').sort((a, b) => a.version - b.version)
  t.equal(reads.at(-1).seq, 2)
  t.equal(after.version, second.version + reads.length + 1)
})

t.test('sends of one clientMessageId that meet are one message', async t => {
  const { ada, id, phone } = await openPair()
  const draft = { text: 'once', clientMessageId: '01980000-0000-7000-8000-00000000000a' }
  const nodes = [
    server.url, (await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })).url,
  ]
  const sends = nodes.map(
    url => () => call(`${url}/api/v1/conversations/${id}/messages`, 'POST', { token: ada.token, json: draft })
  )
  const answers = await collide(server, lockConversation, id, sends)
  t.same(answers.map(({ status }) => status).sort(), [200, 201])
  t.same(answers[0]!.body, answers[1]!.body)
  t.equal((await ada.say(id, 'next')).seq, 2)
  await phone.next('message:new', ({ message }) => message.seq === 2)
  t.ok(phone.all('message:new').length <= 2)
})

t.test('a send that meets a departure which comes first is refused', async t => {
  const ada = await server.signIn()
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  const [sent] = await collide(server, expel, id, [() => ada.post(`/conversations/${id}/messages`, { text: 'late' })])
  t.match(sent!, { status: 404, body: { code: 'NOT_FOUND' } })
  t.same(await server.sql('SELECT last_seq::int FROM conversations WHERE id = $1', [id]), [{ last_seq: 0 }])
})

t.test('a send that meets a block which comes first is refused', async t => {
  const { ada, id } = await openPair()
  const block = 'UPDATE conversations SET blockers = 1 WHERE id = $1'
  const [sent] = await collide(server, block, id, [() => ada.post(`/conversations/${id}/messages`, { text: 'late' })])
  t.match(sent!, { status: 403, body: { code: 'BLOCKED' } })
  t.same(await server.sql('SELECT last_seq::int FROM conversations WHERE id = $1', [id]), [{ last_seq: 0 }])
})

t.test('what is sent while somebody joins is either before them, and read, or after them', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  const send = `
    WITH c AS (
      UPDATE conversations SET last_seq = last_seq + 1, version = version + 1
      WHERE id = $1 RETURNING id, last_seq, version
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), c.id, p.user_id, c.last_seq, c.version, 'before'
    FROM c JOIN participants p ON p.conversation_id = c.id`
  await collide(server, send, id, [() => bob.post(`/groups/${id}/join`)])
  await ada.say(id, 'after')
  t.match((await bob.get('/conversations')).body.conversations, [{ lastSeq: 2, unreadCount: 1 }])
})

t.test('a send that the database gives up on is a 503, stores nothing, and can be repeated', async t => {
  const { ada, id } = await openPair()
  const draft = { text: 'once', clientMessageId: '01980000-0000-7000-8000-00000000000a' }
  const send = () => ada.post(`/conversations/${id}/messages`, draft)
  const { status, body } = await failWhileWaiting(server, lockConversation, id, send)
  t.equal(status, 503)
  t.match(body, { code: 'UNAVAILABLE' })
  t.match(await ada.post(`/conversations/${id}/messages`, draft), { status: 201, body: { message: { seq: 1 } } })
})

t.test('a block that meets another change of the same person\'s side is not lost', async t => {
  const { ada, bob, id } = await openPair()
  const message = await bob.say(id, '1')
  await collide(server, lockUser, ada.id, [
    () => ada.patch(`/conversations/${id}`, { isBlocked: true }),
    () => ada.patch(`/conversations/${id}`, { isMuted: true }),
    () => ada.post(`/messages/${message.id}/read`),
    () => ada.delete(`/messages/${message.id}?for=self`),
  ])
  const { conversation } = (await ada.get(`/conversations/${id}`)).body
  t.match(conversation, {
    isBlocked: true, isMuted: true, unreadCount: 0, lastReadAt: String, lastMessage: null, version: message.version + 2,
  })
})
