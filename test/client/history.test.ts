import t from 'tap'
import { createClient } from '../../client/src/index.ts'
import { startServer, until, type Person } from '../support/server.ts'
import { connect, fill, messagesOf, openPair, seqsOf, shows, textsOf, upTo, watch } from '../support/client/chats.ts'

const server = await startServer(t)

t.test('a hole in what the server says is filled', async t => {
  const { ada, bob, id } = await openPair(server)
  await ada.say(id, '1')
  let isWhole = true
  const { fetch, paths } = watch((path, body) => {
    if (path === '/sync' && !isWhole) {
      for (const change of body.changed) {
        change.messages = change.messages.filter(({ seq }: { seq: number }) => seq % 4 === 0)
      }
    }
    return body
  })
  const chat = await connect(t, bob, { fetch })
  isWhole = false
  await fill(server, id, ada, 6)
  await chat.parts.synchroniser.sync()
  t.same(seqsOf(chat, id), upTo(7))
  t.same(paths.filter(path => path.startsWith(`/conversations/${id}`)).map(path => path.split('?')[1]), [
    'afterSeq=1&beforeSeq=4&limit=100', 'afterSeq=4&beforeSeq=8&limit=100',
  ])
})

t.test('a conversation that is gone while its hole is filled is left as it is, until the server says so', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  await ada.say(id, '1')
  const { fetch } = watch((path, body) => {
    if (path === '/sync') {
      for (const change of body.changed) {
        if (change.conversation.lastSeq === 3) {
          change.messages = change.messages.filter(({ seq }: { seq: number }) => seq === 3)
        }
      }
    }
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
  await fill(server, id, ada, 2)
  chat.parts.synchroniser.inBackground()
  await left
  await shows(chat, () => chat.conversation(id) === undefined)
  t.same(chat.conversations.filter(conversation => conversation.id === id), [])
})

t.test('older messages come in pages, and what was told of them before is not forgotten', async t => {
  const { ada, bob, id } = await openPair(server)
  await fill(server, id, ada, 260)
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
      INSERT INTO conversations (id, type, name, member_count, last_seq, version)
      SELECT gen_random_uuid(), 'group', 'Group ' || n, 2, 1, 1 FROM generate_series(1, 130) n RETURNING id
    ), p AS (
      INSERT INTO participants (id, conversation_id, user_id)
      SELECT gen_random_uuid(), c.id, u.id FROM c, (VALUES ($1::uuid), ($2::uuid)) u (id)
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), id, $1, 1, 1, 'n' FROM c`, [ada.id, bob.id])
  const chat = await connect(t, bob)
  t.equal(chat.conversations.length, 130)
  t.ok(chat.conversations.every(({ messages }) => messages.length === 1))
})

t.test('a /sync that fails is asked again, one that is refused is not, and neither counts as complete', async t => {
  const { ada, bob, id } = await openPair(server)
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
  const { ada, bob, id } = await openPair(server)
  await fill(server, id, ada, 60)
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
