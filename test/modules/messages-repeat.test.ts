import { randomUUID } from 'node:crypto'
import t from 'tap'
import { startServer, type Person } from '../support/server.ts'

const server = await startServer(t)
const node = await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const path = `/conversations/${id}/messages`
  return { ada, bob, id, path }
}

t.test('the same message sent 50 times at once, over HTTP, sockets and two nodes, is one message', async t => {
  const { ada, bob, id, path } = await openPair()
  const draft = { text: 'once', clientMessageId: randomUUID() }
  const [socket, bobsPhone] = [await ada.connect(), await bob.connect()]
  const elsewhere = await node.connect(ada.token)
  const viaOther = async () => fetch(`${node.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(draft),
  })
  const statuses: number[] = []
  const ids = await Promise.all(Array.from({ length: 50 }, async (_, i) => {
    if (i % 3 === 0) {
      return (await (i % 2 ? socket : elsewhere).ask('message:send', { conversationId: id, ...draft })).message
    }
    const answer = i % 3 === 1
      ? await ada.post(path, draft)
      : await viaOther().then(async r => ({ status: r.status, body: await r.json() as any }))
    statuses.push(answer.status)
    return answer.body.message
  }))
  t.equal(statuses.length, 33)
  t.ok(statuses.filter(status => status === 201).length <= 1, 'at most one of the HTTP calls made it')
  t.ok(statuses.every(status => status === 200 || status === 201))
  for (const message of ids) t.same(message, ids[0], 'every answer is the same')
  t.match(await server.sql('SELECT last_seq, version FROM conversations WHERE id = $1', [id]), [
    { last_seq: 1, version: 2 },
  ])
  t.equal((await server.sql('SELECT FROM messages WHERE conversation_id = $1', [id])).length, 1)

  await ada.say(id, 'afterwards')
  await bobsPhone.next('message:new', ({ message }) => message.text === 'afterwards')
  t.ok(bobsPhone.all('message:new').filter(({ message }) => message.text === 'once').length <= 1)
})

t.test('the same message sent 50 times at once answers once with 201 and is heard once', async t => {
  const { ada, bob, id, path } = await openPair()
  const draft = { text: 'once', clientMessageId: randomUUID() }
  const [socket, bobsPhone] = [await ada.connect(), await bob.connect()]
  const answers = await Promise.all(Array.from({ length: 50 }, () => ada.post(path, draft)))
  t.same(answers.map(answer => answer.status).sort(), [...Array(49).fill(200), 201])
  const { message } = answers[0]!.body
  for (const { body } of answers) t.same(body, { message })
  t.same(await socket.ask('message:send', { conversationId: id, ...draft }), { ok: true, message })
  const next = await ada.say(id, 'afterwards')
  t.equal(next.seq, 2)
  t.same(await bobsPhone.next('message:new', ({ message }) => message.text === 'afterwards'), {
    conversationId: id, version: 3, message: next,
  })
  t.same(bobsPhone.all('message:new').map(event => event.message), [message, next])
})

t.test('a repetition with other content is a 409', async t => {
  const { ada, id, path } = await openPair()
  const socket = await ada.connect()
  const clientMessageId = randomUUID()
  const message = await ada.say(id, 'this', clientMessageId)
  for (const other of [
    { text: 'that' }, { text: 'this ' }, { imageUrl: 'https://example.com/a.png' },
    { text: 'this', imageUrl: 'https://example.com/a.png' },
  ]) {
    const { status, body } = await ada.post(path, { ...other, clientMessageId })
    t.equal(status, 409)
    t.match(body, { statusCode: 409, code: 'CLIENT_MESSAGE_ID_REUSED', error: 'Conflict' })
    t.match(await socket.ask('message:send', { conversationId: id, ...other, clientMessageId }), {
      ok: false, error: body,
    })
  }
  t.same((await ada.post(path, { text: 'this', clientMessageId: clientMessageId.toUpperCase() })).body, { message })
})

t.test('the id is the sender\'s own, in that conversation', async t => {
  const { ada, bob, id } = await openPair()
  const cem = await server.signIn()
  const other = await ada.talkTo(cem)
  const clientMessageId = randomUUID()
  const messages = [
    await ada.say(id, 'a', clientMessageId), await bob.say(id, 'b', clientMessageId),
    await ada.say(other.id, 'c', clientMessageId),
  ]
  t.equal(new Set(messages.map(message => message.id)).size, 3)
})

t.test('a repetition shows the first message as it is now', async t => {
  const { ada, bob, id, path } = await openPair()
  const draft = { text: 'this', clientMessageId: randomUUID() }
  const first = (await ada.post(path, draft)).body.message
  await bob.get(`/conversations/${id}`)
  t.same((await ada.post(path, draft)).body, { message: { ...first, status: 'read' } })
})

t.test('what was sent before a block can be repeated while it lasts, what is new cannot', async t => {
  const { ada, bob, id, path } = await openPair()
  const draft = { text: 'this', clientMessageId: randomUUID() }
  const { body } = await ada.post(path, draft)
  await bob.patch(`/conversations/${id}`, { isBlocked: true })
  const again = await ada.post(path, draft)
  t.same([again.status, again.body], [200, body])
  t.equal((await ada.post(path, { ...draft, text: 'that' })).status, 409)
  t.equal((await ada.post(path, { ...draft, clientMessageId: randomUUID() })).status, 403)
})

t.test('after leaving, nothing is repeated: the conversation does not exist any more', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  const draft = { text: 'this', clientMessageId: randomUUID() }
  const { body } = await bob.post(`/conversations/${id}/messages`, draft)
  await bob.post(`/groups/${id}/leave`)
  t.match((await bob.post(`/conversations/${id}/messages`, draft)).body, { statusCode: 404, code: 'NOT_FOUND' })
  await bob.post(`/groups/${id}/join`)
  const again = await bob.post(`/conversations/${id}/messages`, draft)
  t.same([again.status, again.body], [200, body], 'until one is back')
})
