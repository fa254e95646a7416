import t from 'tap'
import { startServer, type Person } from '../support/server.ts'
import type { Message } from '../../src/modules/messages/schemas.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const state = async (person: Person) => (await person.get('/conversations')).body.conversations[0]
  const statuses = async (person: Person) =>
    (await person.get(`/conversations/${id}/messages`)).body.messages.map((message: Message) => message.status)
  return { ada, bob, id, state, statuses }
}

async function openGroup () {
  const [ada, bob, cem] = await server.signInMany(3) as [Person, Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group as { id: string }
  for (const person of [bob, cem]) await person.post(`/groups/${id}/join`)
  return { ada, bob, cem, id }
}

t.test('reading a message reads all before it, and both sides see so', async t => {
  const { ada, bob, id, state, statuses } = await openPair()
  const [adasPhone, bobsTablet] = [await ada.connect(), await bob.connect()]
  const said = [await ada.say(id, '1'), await ada.say(id, '2'), await ada.say(id, '3')]

  const { status, body } = await bob.post(`/messages/${said[1]!.id}/read`)
  t.same([status, body], [200, { success: true }])
  const event = { conversationId: id, version: 5, messageId: said[1]!.id, seq: 2, status: 'read', userId: bob.id }
  for (const listener of [adasPhone, bobsTablet]) t.same(await listener.next('message:status'), event)
  for (const person of [ada, bob]) t.same(await statuses(person), ['read', 'read', 'sent'])
  t.match(await state(bob), { unreadCount: 1, version: 5, lastReadAt: String, lastMessage: { status: 'sent' } })
  t.match(await state(ada), { unreadCount: 0, version: 5, lastReadAt: null, lastMessage: { status: 'sent' } })

  const reply = await bob.say(id, 'mine')
  t.same(await statuses(bob), ['read', 'read', 'sent', 'sent'])
  t.same(await adasPhone.ask('message:read', { messageId: reply.id }), { ok: true })
  t.same(await statuses(ada), ['read', 'read', 'sent', 'read'], 'each side reads the messages of the other')
})

t.test('going backwards, repeating, and reading one\'s own messages change nothing and are not heard', async t => {
  const { ada, bob, id, state } = await openPair()
  const said = [await ada.say(id, '1'), await ada.say(id, '2'), await bob.say(id, 'own')]
  await bob.post(`/messages/${said[1]!.id}/read`)
  const adasPhone = await ada.connect()
  const everything = `
    SELECT p.*, c.version, u.own_version FROM participants p, conversations c, users u
    ORDER BY p.id, c.id, u.id`
  const before = await server.sql(everything)
  for (const message of [said[0], said[1], said[2]]) {
    t.equal((await bob.post(`/messages/${message!.id}/read`)).status, 200)
  }
  t.same(await server.sql(everything), before)
  await ada.say(id, '4')
  await adasPhone.next('message:new')
  t.same(adasPhone.all('message:status'), [])
  t.match(await state(bob), { unreadCount: 1 })
})

t.test('reading one\'s own message reads what others wrote before it', async t => {
  const { ada, bob, id } = await openPair()
  const phone = await ada.connect()
  const theirs = await ada.say(id, 'theirs')
  const own = await bob.say(id, 'own')
  await bob.post(`/messages/${own.id}/read`)
  t.match(await phone.next('message:status'), { messageId: theirs.id, seq: 1 })
})

t.test('in a group only one\'s own devices hear of it, messages stay `sent`, and it is no new version', async t => {
  const { ada, bob, cem, id } = await openGroup()
  const [adasPhone, bobsPhone, cemsPhone] = await Promise.all([ada, bob, cem].map(person => person.connect()))
  const message = await ada.say(id, 'Knight f3')
  await bob.post(`/messages/${message.id}/read`)
  t.same(await bobsPhone!.next('message:status'), {
    conversationId: id, version: message.version, messageId: message.id, seq: 1, status: 'read', userId: bob.id,
  })
  t.match((await bob.get('/conversations')).body.conversations[0], {
    unreadCount: 0, version: message.version, lastReadAt: String, lastMessage: { status: 'sent' },
  })
  t.match((await cem.get('/conversations')).body.conversations[0], { unreadCount: 1, lastReadAt: null })

  const next = await cem.say(id, 'd5')
  t.equal(next.version, message.version + 1)
  for (const phone of [adasPhone!, cemsPhone!]) {
    await phone.next('message:new', ({ version }) => version === next.version)
    t.same(phone.all('message:status'), [])
  }
})

t.test('50 reads of several messages at once are one position, and no version is used up without an event', async t => {
  const { ada, bob, id, state } = await openPair()
  const adasPhone = await ada.connect()
  const said: Message[] = []
  for (let n = 1; n <= 5; n++) said.push(await ada.say(id, `${n}`))
  await Promise.all(Array.from({ length: 50 }, (_, i) => bob.post(`/messages/${said[i % 5]!.id}/read`)))
  t.match(await state(bob), { unreadCount: 0 })

  const after = await ada.say(id, 'afterwards')
  await adasPhone.next('message:new', ({ message }) => message.id === after.id)
  const reads = adasPhone.all('message:status')
  const seqs = reads.map(event => event.seq)
  t.equal(Math.max(...seqs), 5)
  t.same(seqs, [...new Set(seqs)], 'each position is announced once at most')
  t.same(reads.map(event => event.version).sort((a, b) => a - b), Array.from(reads, (_, i) => said[4]!.version + 1 + i))
  t.equal(after.version, said[4]!.version + reads.length + 1)
})

t.test('what is deleted or hidden is not unread any more', async t => {
  const { ada, bob, id, state } = await openPair()
  const said: Message[] = []
  for (let n = 1; n <= 4; n++) said.push(await ada.say(id, `${n}`))
  t.match(await state(bob), { unreadCount: 4 })
  await ada.delete(`/messages/${said[0]!.id}?for=everyone`)
  t.match(await state(bob), { unreadCount: 3 })
  await bob.delete(`/messages/${said[3]!.id}?for=self`)
  t.match(await state(bob), { unreadCount: 2, lastMessage: { seq: 3 } })
  await ada.delete(`/messages/${said[3]!.id}?for=everyone`)
  t.match(await state(bob), { unreadCount: 2 }, 'nor counted twice')
  await ada.delete(`/messages/${said[1]!.id}?for=self`)
  t.match(await state(bob), { unreadCount: 2 }, 'what the sender hides from themselves is still unread')
  await bob.post(`/messages/${said[1]!.id}/read`)
  t.match(await state(bob), { unreadCount: 1 })
})

t.test('unread messages are counted up to 1000 and no further', async t => {
  const { ada, bob, id, state } = await openPair()
  await server.sql(`
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), $1, $2, n, n + 1, 'n' FROM generate_series(1, 1100) n`, [id, ada.id])
  await server.sql('UPDATE conversations SET last_seq = 1100, version = 1101 WHERE id = $1', [id])
  t.match(await state(bob), { unreadCount: 1000 })
  const { messages } = (await bob.get(`/conversations/${id}/messages?afterSeq=100&limit=1`)).body
  await bob.post(`/messages/${messages[0].id}/read`)
  t.match(await state(bob), { unreadCount: 999 })
  await bob.get(`/conversations/${id}`)
  t.match(await state(bob), { unreadCount: 0 })
})

t.test('reading while both sides write loses nothing', async t => {
  const { ada, bob, id, state } = await openPair()
  await Promise.all(Array.from({ length: 40 }, (_, i) => i % 2 ? ada.say(id, 'x') : bob.get(`/conversations/${id}`)))
  await bob.get(`/conversations/${id}`)
  const { lastSeq, version } = await state(ada)
  t.equal(lastSeq, 20)
  t.match(await state(bob), { unreadCount: 0, version, lastMessage: { seq: 20, status: 'read' } })
})
