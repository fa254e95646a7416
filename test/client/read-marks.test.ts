import t from 'tap'
import { startServer, until, type Person } from '../support/server.ts'
import { connect, FakeClock, messagesOf, openPair, shows, upTo } from '../support/client/chats.ts'
import { createLine } from '../support/client/line.ts'

const server = await startServer(t)

/** The marks that a client tells, by the number of the message. */
function watchMarks () {
  const ids: string[] = []
  let refusal: Response | undefined
  return {
    ids,
    refuse (status: number) { refusal = new Response('{}', { status }) },
    fetch: (async (input, init) => {
      const [, id] = /\/messages\/([^/]+)\/read$/.exec(String(input)) ?? []
      if (id) ids.push(id)
      const answer = id && refusal
      if (answer) refusal = undefined
      return answer || fetch(input, init)
    }) as typeof fetch,
  }
}

t.test('what is read is shown at once, told once a little later, and seen by the other side', async t => {
  const { ada, bob, id } = await openPair(server)
  const clock = new FakeClock()
  const { fetch, ids } = watchMarks()
  const [writer, reader] = [await connect(t, ada), await connect(t, bob, { clock, fetch })]
  for (const n of upTo(3)) await writer.send(id, { text: `${n}` })
  await shows(reader, () => messagesOf(reader, id).length === 3)
  t.equal(reader.conversation(id)!.unreadCount, 3)
  reader.read(id, 1)
  t.equal(reader.conversation(id)!.unreadCount, 2)
  reader.read(id, 2)
  reader.read(id, 1)
  t.equal(reader.conversation(id)!.unreadCount, 1)
  t.same(ids, [])
  clock.pass(300)
  await shows(writer, () => messagesOf(writer, id)[1]!.status === 'read')
  t.same(messagesOf(writer, id).map(({ status }) => status), ['read', 'read', 'sent'])
  t.same(ids, [messagesOf(writer, id)[1]!.id])
  t.equal(reader.conversation(id)!.unreadCount, 1)
  reader.read(id)
  t.equal(reader.conversation(id)!.unreadCount, 0)
  clock.pass(300)
  await shows(writer, () => messagesOf(writer, id)[2]!.status === 'read')
  await until(() => reader.parts.replica.held.get(id)!.conversation.unreadCount === 0)
  reader.read(id)
  reader.read('not mine')
  clock.pass(300)
  t.equal(ids.length, 2)
  t.equal(writer.conversation(id)!.lastMessage!.status, 'read')
})

t.test('what comes after is unread again, and one\'s own messages and deleted ones never are', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  const clock = new FakeClock()
  const chat = await connect(t, bob, { clock })
  await ada.say(id, '1')
  await shows(chat, () => messagesOf(chat, id).length === 1)
  chat.read(id)
  const second = await ada.say(id, '2')
  await chat.send(id, { text: 'mine' })
  await ada.say(id, '3')
  await shows(chat, () => messagesOf(chat, id).length === 4)
  t.equal(chat.conversation(id)!.unreadCount, 2)
  await ada.delete(`/messages/${second.id}?for=everyone`)
  await shows(chat, () => messagesOf(chat, id)[1]!.status === 'deleted')
  t.equal(chat.conversation(id)!.unreadCount, 1)
})

t.test('reading on one device is seen on the other', async t => {
  const { ada, bob, id } = await openPair(server)
  const [one, other] = [await connect(t, bob), await connect(t, bob)]
  await ada.say(id, 'Hello')
  await shows(one, () => messagesOf(one, id).length === 1)
  one.read(id)
  await shows(other, () => other.conversation(id)!.unreadCount === 0)
})

t.test('a mark is told again after an outage; one that the server does not take is not', async t => {
  const { ada, bob, id } = await openPair(server)
  const line = await createLine(t, server.url)
  const { fetch, ids, refuse } = watchMarks()
  const chat = await connect(t, bob, { url: line.url, fetch })
  await ada.say(id, '1')
  await shows(chat, () => messagesOf(chat, id).length === 1)
  line.cut()
  chat.read(id)
  await until(() => ids.length > 1)
  line.mend()
  await until(async () => (await ada.get(`/conversations/${id}`)).body.messages[0].status === 'read')
  await chat.online()
  await ada.say(id, '2')
  await shows(chat, () => messagesOf(chat, id).length === 2)
  const told = ids.length
  refuse(404)
  chat.read(id)
  await until(() => ids.length > told)
  await ada.say(id, '3')
  await shows(chat, () => messagesOf(chat, id).length === 3)
  chat.read(id)
  await until(async () => (await ada.get(`/conversations/${id}`)).body.messages[0].status === 'read')
  t.equal(ids.length, told + 2)
})

t.test('whoever leaves tells no more of what they read', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  await ada.say(id, '1')
  const clock = new FakeClock()
  const { fetch, ids } = watchMarks()
  const chat = await connect(t, bob, { clock, fetch })
  await ada.say(id, '2')
  await shows(chat, () => messagesOf(chat, id).length === 2)
  chat.read(id)
  await chat.api.leaveGroup({ id })
  await shows(chat, () => chat.conversation(id) === undefined)
  clock.pass(1_000)
  t.same(ids, [])
})
