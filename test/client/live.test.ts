import t from 'tap'
import { createClient } from '../../client/src/index.ts'
import { startServer, until, type Person } from '../helper.ts'
import { connect, messagesOf, next, seqsOf, shows, textsOf, upTo } from './helper.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  return { ada, bob, id: (await ada.talkTo(bob)).id }
}

/** Messages that nobody is told of. */
async function fill (id: string, sender: Person, count: number): Promise<void> {
  await server.sql(`
    WITH c AS (UPDATE conversations SET last_seq = last_seq + $3::int, version = version + $3::int WHERE id = $1 RETURNING *)
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), id, $2, last_seq - $3::int + n, version - $3::int + n, 'n' FROM c, generate_series(1, $3::int) n`, [id, sender.id, count])
}

/** The calls of `/sync`, and of pages of messages, are counted; answers may be changed. */
function watch (change: (path: string, body: any) => any = (_path, body) => body) {
  const paths: string[] = []
  return {
    paths,
    fetch: (async (input, init) => {
      const path = String(input).split('/api/v1')[1]!
      paths.push(path)
      const response = await fetch(input, init)
      return new Response(JSON.stringify(change(path, await response.json())), response)
    }) as typeof fetch,
  }
}

t.test('two people talk, and their clients show the same', async t => {
  const { ada, bob, id } = await openPair()
  const [one, other] = [await connect(t, ada), await connect(t, bob)]
  const heard = next(other, 'message')
  await one.send(id, { text: 'Hello Bob' })
  t.match(await heard, { text: 'Hello Bob' })
  await other.send(id, { text: 'Hello Ada' })
  await shows(one, () => textsOf(one, id).length === 2)
  t.same(messagesOf(one, id), messagesOf(other, id))
  t.match(one.conversation(id), { unreadCount: 1, lastMessage: { text: 'Hello Ada' }, otherUser: { id: bob.id } })
  t.match(other.conversation(id), { unreadCount: 1, lastMessage: { text: 'Hello Ada' } })
})

t.test('conversations are in the order of their last activity, and the same object until something changes', async t => {
  const [ada, bob, cat] = await server.signInMany(3) as [Person, Person, Person]
  const [first, second] = [await ada.talkTo(bob), await ada.talkTo(cat)]
  const chat = await connect(t, ada)
  await cat.say(second.id, 'Hello')
  await shows(chat, () => textsOf(chat, second.id).length === 1)
  t.same(chat.conversations.map(({ id }) => id), [second.id, first.id])
  const [list, untouched] = [chat.conversations, chat.conversation(first.id)]
  t.equal(chat.conversations, list)
  const change = next(chat, 'change')
  await Promise.all([bob.say(first.id, 'Hello')])
  t.same((await change).conversationIds, [first.id])
  t.not(chat.conversations, list)
  t.not(chat.conversation(first.id), untouched)
  t.same(chat.conversations.map(({ id }) => id), [first.id, second.id])
  await server.sql('UPDATE conversations SET updated_at = now()')
  const fresh = await connect(t, ada)
  t.same(fresh.conversations.map(({ id }) => id), [first.id, second.id].sort().reverse())
})

t.test('an event that comes twice, or late, changes nothing', async t => {
  const { ada, bob, id } = await openPair()
  const chat = await connect(t, bob)
  const room = server.app.io.to(`conversation:${id}`)
  const first = await ada.say(id, '1')
  await ada.say(id, '2')
  await shows(chat, () => textsOf(chat, id).length === 2)
  const before = chat.conversation(id)
  const { paths } = watch()
  room.emit('message:new', { conversationId: id, version: first.version, message: first })
  room.emit('message:new', { conversationId: id, version: first.version, message: first })
  await ada.say(id, '3')
  await shows(chat, () => textsOf(chat, id).length === 3)
  t.same(textsOf(chat, id), ['1', '2', '3'])
  t.equal(chat.conversation(id)!.unreadCount, before!.unreadCount + 1)
  t.same(paths, [])
})

t.test('a version jumps: what was missed is fetched before what came', async t => {
  const { ada, bob, id } = await openPair()
  const chat = await connect(t, bob)
  await fill(id, ada, 120)
  await ada.say(id, 'heard')
  await shows(chat, () => seqsOf(chat, id).length > 0)
  await chat.parts.synchroniser.settled()
  t.same(seqsOf(chat, id), upTo(121))
})

t.test('an own message is shown when it is answered, others before it as soon as they are known', async t => {
  const { ada, bob, id } = await openPair()
  const { fetch } = watch()
  const chat = await connect(t, bob, { fetch })
  await fill(id, ada, 2)
  const sent = await chat.send(id, { text: 'mine' })
  t.equal(messagesOf(chat, id).at(-1)!.id, sent.id)
  await chat.parts.synchroniser.settled()
  t.same(seqsOf(chat, id), [1, 2, 3])
})

t.test('a hole in what the server says is filled', async t => {
  const { ada, bob, id } = await openPair()
  await ada.say(id, '1')
  let isWhole = true
  const { fetch, paths } = watch((path, body) => {
    if (path === '/sync' && !isWhole) for (const change of body.changed) change.messages = change.messages.filter(({ seq }: { seq: number }) => seq % 4 === 0)
    return body
  })
  const chat = await connect(t, bob, { fetch })
  isWhole = false
  await fill(id, ada, 6)
  await chat.parts.synchroniser.sync()
  t.same(seqsOf(chat, id), upTo(7))
  t.same(paths.filter(path => path.startsWith(`/conversations/${id}`)).map(path => path.split('?')[1]), ['afterSeq=1&beforeSeq=4&limit=100', 'afterSeq=4&beforeSeq=8&limit=100'])
})

t.test('a conversation that is gone while its hole is filled is left as it is, until the server says so', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  await ada.say(id, '1')
  const { fetch } = watch((path, body) => {
    if (path === '/sync') for (const change of body.changed) if (change.conversation.lastSeq === 3) change.messages = change.messages.filter(({ seq }: { seq: number }) => seq === 3)
    return body
  })
  let leave = () => {}
  const chat = await connect(t, bob, {
    async fetch (input, init) {
      if (String(input).includes('/messages?')) {
        leave()
        await bob.post(`/groups/${id}/leave`)
      }
      return fetch(input, init)
    },
  })
  const left = new Promise<void>(resolve => { leave = resolve })
  await fill(id, ada, 2)
  chat.parts.synchroniser.inBackground()
  await left
  await shows(chat, () => chat.conversation(id) === undefined)
  t.same(chat.conversations.filter(conversation => conversation.id === id), [])
})

t.test('deletions are shown: for everyone to everyone, for oneself on all of one\'s devices', async t => {
  const { ada, bob, id } = await openPair()
  const [first, second] = [await ada.say(id, '1'), await ada.say(id, '2')]
  const [one, other] = [await connect(t, ada), await connect(t, bob)]
  await ada.delete(`/messages/${first.id}?for=everyone`)
  await bob.delete(`/messages/${second.id}?for=self`)
  await shows(one, () => messagesOf(one, id)[0]!.status === 'deleted')
  await shows(other, () => messagesOf(other, id).every(({ status }) => status === 'deleted') && other.conversation(id)!.lastMessage === null)
  t.match(messagesOf(one, id), [{ deletedFor: 'everyone' }, { text: '2' }])
  t.match(messagesOf(other, id), [{ deletedFor: 'everyone' }, { deletedFor: 'self' }])
  t.match(other.conversation(id), { unreadCount: 0, lastMessage: null })
})

t.test('a conversation appears when somebody opens it, and goes when one leaves it', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const chat = await connect(t, bob)
  const { id } = await ada.talkTo(bob)
  await shows(chat, () => chat.conversation(id) !== undefined)
  const { conversation } = await chat.api.createGroup({ name: 'Chess' })
  await shows(chat, () => chat.conversation(conversation.id) !== undefined)
  await chat.api.leaveGroup({ id: conversation.id })
  await shows(chat, () => chat.conversation(conversation.id) === undefined)
  t.same(chat.conversations.map(({ id }) => id), [id])
})

t.test('older messages come in pages, and what was told of them before is not forgotten', async t => {
  const { ada, bob, id } = await openPair()
  await fill(id, ada, 260)
  const chat = await connect(t, bob)
  t.same(seqsOf(chat, id), upTo(260, 211))
  t.ok(chat.conversation(id)!.hasOlder)
  const { messages: [first] } = (await ada.get(`/conversations/${id}/messages?afterSeq=0&limit=1`)).body
  await ada.delete(`/messages/${first.id}?for=everyone`)
  await until(() => chat.parts.replica.held.get(id)!.conversation.version === 262)
  t.same(seqsOf(chat, id), upTo(260, 211))
  t.same(await Promise.all([chat.loadOlder(id), chat.loadOlder(id)]), [true, true])
  t.same(seqsOf(chat, id), upTo(260, 111))
  t.equal(await chat.loadOlder(id), true)
  t.equal(await chat.loadOlder(id), false)
  t.equal(await chat.loadOlder(id), false)
  t.same(seqsOf(chat, id), upTo(260))
  t.notOk(chat.conversation(id)!.hasOlder)
  t.equal(await chat.loadOlder('not mine'), false)
  t.equal(messagesOf(chat, id)[0]!.status, 'deleted')
})

t.test('of many conversations, what comes with a second answer is there as well', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  await server.sql(`
    WITH c AS (
      INSERT INTO conversations (id, type, name, member_count, last_seq, version) SELECT gen_random_uuid(), 'group', 'Group ' || n, 2, 1, 1 FROM generate_series(1, 130) n RETURNING id
    ), p AS (
      INSERT INTO participants (id, conversation_id, user_id) SELECT gen_random_uuid(), c.id, u.id FROM c, (VALUES ($1::uuid), ($2::uuid)) u (id)
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text) SELECT gen_random_uuid(), id, $1, 1, 1, 'n' FROM c`, [ada.id, bob.id])
  const chat = await connect(t, bob)
  t.equal(chat.conversations.length, 130)
  t.ok(chat.conversations.every(({ messages }) => messages.length === 1))
})

t.test('who comes and goes is shown', async t => {
  const { ada, bob, id } = await openPair()
  const chat = await connect(t, ada)
  t.equal(chat.conversation(id)!.otherUser!.isOnline, false)
  const { socket } = await bob.connect()
  await shows(chat, () => chat.conversation(id)!.otherUser!.isOnline)
  socket.disconnect()
  await shows(chat, () => !chat.conversation(id)!.otherUser!.isOnline)
  t.ok(chat.conversation(id)!.otherUser!.lastActive)
})

t.test('while the server cannot answer, /sync is asked again; what it refuses is not, and nothing counts as complete', async t => {
  const { ada, bob, id } = await openPair()
  const statuses = [503, 503, 400]
  const chat = await createClient({
    url: server.url,
    token: bob.token,
    fetch: async (input, init) => {
      const status = String(input).endsWith('/sync') ? statuses.shift() : undefined
      return status === undefined ? fetch(input, init) : new Response('{}', { status })
    },
  })
  t.teardown(() => chat.close())
  await until(() => statuses.length === 0)
  await ada.say(id, 'Hello')
  await shows(chat, () => textsOf(chat, id).length === 1)
  t.equal(chat.status, 'connecting')
})

t.test('a page of older messages is asked for until it comes, or the client is closed', async t => {
  const { ada, bob, id } = await openPair()
  await fill(id, ada, 60)
  const statuses = [503, 503]
  const chat = await connect(t, bob, {
    fetch: async (input, init) => {
      const status = String(input).includes('beforeSeq') ? statuses.shift() : undefined
      return status === undefined ? fetch(input, init) : new Response('{}', { status })
    },
  })
  const loading = chat.loadOlder(id)
  await until(() => statuses.length === 1)
  chat.close()
  await t.rejects(loading, { code: 'CLOSED' })
  t.equal(statuses.length, 1)
})
