import { randomUUID } from 'node:crypto'
import sharp from 'sharp'
import t from 'tap'
import { startServer, until, type Person } from '../support/server.ts'
import { waiting, whileLocked } from '../support/modules/collide.ts'

const server = await startServer(t)
const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).png().toBuffer()

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  return { ada, bob, id }
}

/** Everything that a person can read of a conversation, as one text. */
async function readEverywhere (person: Person, id: string): Promise<string> {
  const answers = await Promise.all([
    person.get(`/conversations/${id}?markRead=false`),
    person.get(`/conversations/${id}/messages`),
    person.get('/conversations'),
    person.post('/sync', { conversations: {} }),
    person.post('/sync', { conversations: { [id]: 1 } }),
  ])
  // Whether somebody is online is another matter.
  return JSON.stringify(answers.map(answer => answer.body)).replaceAll(/"(isOnline|lastActive)":[^,]+,/g, '')
}

t.test('deleted for everyone by its sender, a message is gone from every reading, and all are told once', async t => {
  const { ada, bob, id } = await openPair()
  const { body: { imageUrl } } = await ada.upload('/upload/image', 'image', png)
  const kept = await ada.say(id, 'kept')
  const draft = { text: 'SECRET', imageUrl, clientMessageId: randomUUID() }
  const { message } = (await ada.post(`/conversations/${id}/messages`, draft)).body
  const [adasPhone, bobsPhone] = [await ada.connect(), await bob.connect()]
  for (const person of [ada, bob]) t.match(await readEverywhere(person, id), /SECRET/)

  for (let attempt = 0; attempt < 2; attempt++) {
    const { status, body } = await ada.delete(`/messages/${message.id}?for=everyone`)
    t.same([status, body], [200, { success: true }])
  }
  const event = { conversationId: id, version: message.version + 1, messageId: message.id, seq: 2 }
  for (const phone of [adasPhone, bobsPhone]) t.same(await phone.next('message:deleted'), event)

  for (const person of [ada, bob]) {
    const everything = await readEverywhere(person, id)
    t.notMatch(everything, 'SECRET')
    t.notMatch(everything, imageUrl)
    t.match((await person.get('/conversations')).body.conversations[0].lastMessage, { id: kept.id })
  }
  const again = await ada.post(`/conversations/${id}/messages`, draft)
  t.equal(again.status, 200)
  t.match(again.body.message, {
    id: message.id, text: null, imageUrl: null, version: event.version, deletedFor: 'everyone', deletedAt: String,
  })

  await ada.say(id, 'afterwards')
  await bobsPhone.next('message:new')
  t.equal(bobsPhone.all('message:deleted').length, 1)
})

t.test('only its sender deletes a message for everyone', async t => {
  const { ada, bob, id } = await openPair()
  const message = await ada.say(id, 'mine')
  const { status, body } = await bob.delete(`/messages/${message.id}?for=everyone`)
  t.equal(status, 403)
  t.match(body, { statusCode: 403, code: 'FORBIDDEN', error: 'Forbidden' })
  t.match((await bob.get(`/conversations/${id}`)).body.messages, [{ text: 'mine', deletedAt: null }])
})

t.test('whoever has left a group deletes nothing there', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  const message = await bob.say(id, 'd5')
  await bob.post(`/groups/${id}/leave`)
  for (const whom of ['everyone', 'self']) {
    t.match((await bob.delete(`/messages/${message.id}?for=${whom}`)).body, { statusCode: 404, code: 'NOT_FOUND' })
  }
  t.match((await ada.get(`/conversations/${id}`)).body.messages, [{ text: 'd5' }])
})

t.test('deleted for oneself, a message is gone for that person alone; their other devices are told', async t => {
  const { ada, bob, id } = await openPair()
  const kept = await ada.say(id, 'kept')
  const clientMessageId = randomUUID()
  const message = await ada.say(id, 'SECRET', clientMessageId)
  const [adasPhone, bobsTablet] = [await ada.connect(), await bob.connect()]
  const before = await readEverywhere(ada, id)

  for (let attempt = 0; attempt < 2; attempt++) {
    const { status, body } = await bob.delete(`/messages/${message.id}?for=self`)
    t.same([status, body], [200, { success: true }])
  }
  t.same(await bobsTablet.next('sync:required'), { conversationId: id, version: message.version })
  t.notMatch(await readEverywhere(bob, id), 'SECRET')
  t.match((await bob.get('/conversations')).body.conversations[0], {
    lastMessage: { id: kept.id }, unreadCount: 1, version: message.version,
  })

  t.equal(await readEverywhere(ada, id), before, 'the other side sees no difference')
  await ada.say(id, 'afterwards')
  await Promise.all([adasPhone, bobsTablet].map(listener => listener.next('message:new')))
  t.equal(bobsTablet.all('sync:required').length, 1)
  t.same([...adasPhone.all('sync:required'), ...adasPhone.all('message:deleted')], [])
})

t.test('a sender who deleted a message for themselves does not get it back by repeating it', async t => {
  const { ada, bob, id } = await openPair()
  const draft = { text: 'SECRET', clientMessageId: randomUUID() }
  const { message } = (await ada.post(`/conversations/${id}/messages`, draft)).body
  await ada.delete(`/messages/${message.id}?for=self`)
  const again = await ada.post(`/conversations/${id}/messages`, draft)
  t.equal(again.status, 200)
  t.match(again.body.message, { id: message.id, text: null, deletedAt: String, deletedFor: 'self' })
  t.match((await bob.get(`/conversations/${id}`)).body.messages, [{ text: 'SECRET', deletedAt: null }])
  t.equal((await ada.post(`/conversations/${id}/messages`, { ...draft, text: 'other' })).status, 409)
})

t.test('deleted for oneself first and for everyone then, it is deleted for everyone', async t => {
  const { ada, id } = await openPair()
  const message = await ada.say(id, 'SECRET')
  await ada.delete(`/messages/${message.id}?for=self`)
  t.equal((await ada.delete(`/messages/${message.id}?for=everyone`)).status, 200)
  t.match((await ada.get(`/conversations/${id}/messages`)).body.messages, [{ text: null, deletedFor: 'everyone' }])
  t.equal((await ada.delete(`/messages/${message.id}?for=self`)).status, 200)
})

t.test('deleted 20 times at once, it is one event and one new version', async t => {
  const { ada, bob, id } = await openPair()
  const phone = await bob.connect()
  const messages = [await ada.say(id, '1'), await ada.say(id, '2')]
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ada.delete(`/messages/${messages[i % 2]!.id}?for=everyone`))
  )
  t.ok(answers.every(({ status }) => status === 200))
  const after = await ada.say(id, '3')
  await phone.next('message:new', ({ message }) => message.id === after.id)
  t.same(phone.all('message:deleted').map(event => event.version).sort(), [4, 5])
  t.equal(after.version, 6)
})

t.test('hidden 20 times at once, the own devices are told once', async t => {
  const { ada, id } = await openPair()
  const phone = await ada.connect()
  const message = await ada.say(id, '1')
  await Promise.all(Array.from({ length: 20 }, () => ada.delete(`/messages/${message.id}?for=self`)))
  await ada.say(id, '2')
  await phone.next('message:new', ({ message }) => message.seq === 2)
  t.equal(phone.all('sync:required').length, 1)
})

t.test('whoever leaves while they hide a message hides nothing', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  const message = await ada.say(id, 'Hello')
  const removal = `DELETE FROM participants WHERE conversation_id = $1 AND user_id = '${bob.id}'`
  const { status } = await whileLocked(server, removal, id, async commit => {
    const hiding = bob.delete(`/messages/${message.id}?for=self`)
    await until(async () => (await server.sql(waiting)).length === 1)
    await commit()
    return hiding
  })
  t.equal(status, 404)
  t.same(await server.sql('SELECT FROM hidden_messages WHERE message_id = $1', [message.id]), [])
})
