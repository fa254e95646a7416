import t from 'tap'
import { startServer, type Person } from '../support/server.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  return { ada, bob, id }
}

t.test('muting is one\'s own affair: one\'s other devices are told, nobody else, and it is no new version', async t => {
  const { ada, bob, id } = await openPair()
  const [tablet, bobsPhone] = [await ada.connect(), await bob.connect()]
  for (const isMuted of [true, true, false]) {
    const { status, body } = await ada.patch(`/conversations/${id}`, { isMuted })
    t.equal(status, 200)
    t.match(body.conversation, { id, isMuted, isBlocked: false, version: 1 })
  }
  t.same(await tablet.next('sync:required'), { conversationId: id, version: 1 })
  t.match((await bob.talkTo(ada)), { isMuted: false, version: 1 })

  const group = (await ada.post('/groups', { name: 'Chess' })).body.group
  t.match((await ada.patch(`/conversations/${group.id}`, { isMuted: true })).body.conversation, {
    id: group.id, type: 'group', isMuted: true,
  })
  await ada.say(id, 'still here')
  await bobsPhone.next('message:new')
  t.same(bobsPhone.all('sync:required'), [])
})

t.test('a group cannot be blocked, and then nothing else in the same call happens either', async t => {
  const ada = await server.signIn()
  const group = (await ada.post('/groups', { name: 'Chess' })).body.group
  for (const json of [{ isBlocked: true }, { isBlocked: false }, { isBlocked: true, isMuted: true }]) {
    const { status, body } = await ada.patch(`/conversations/${group.id}`, json)
    t.equal(status, 400)
    t.match(body, { code: 'VALIDATION_FAILED' })
  }
  t.match((await ada.get('/conversations')).body.conversations[0], { isMuted: false, isBlocked: false })
})

t.test('while either side blocks, neither can send; unblocking restores it', async t => {
  const { ada, bob, id } = await openPair()
  const sockets = [await ada.connect(), await bob.connect()]
  const blocked = { statusCode: 403, code: 'BLOCKED', error: 'Forbidden' }

  for (const blockers of [[ada], [bob], [ada, bob]]) {
    for (const blocker of blockers) {
      t.match((await blocker.patch(`/conversations/${id}`, { isBlocked: true })).body.conversation, { isBlocked: true })
    }
    for (const person of [ada, bob]) {
      const { status, body } = await person.post(`/conversations/${id}/messages`, {
        text: 'hello?', clientMessageId: '01980000-0000-7000-8000-00000000000a',
      })
      t.equal(status, 403)
      t.match(body, blocked)
      t.match((await person.get(`/conversations/${id}`)).body.conversation, {
        id, isBlocked: blockers.includes(person), lastSeq: 0,
      }, 'what was said stays readable')
    }
    for (const socket of sockets) {
      t.match(await socket.ask('message:send', { conversationId: id, text: 'hello?' }), { ok: false, error: blocked })
    }
    for (const blocker of blockers) {
      t.match((await blocker.patch(`/conversations/${id}`, { isBlocked: false })).body.conversation, {
        isBlocked: false,
      })
    }
  }

  t.equal((await ada.say(id, 'back again')).seq, 1, 'the refused ones used up no number')
  t.match(await sockets[1]!.next('message:new'), { message: { text: 'back again' } })
  t.equal(sockets[1]!.all('message:new').length, 1)
})

t.test('a block is a new version that both sides are told of; repeating it is none', async t => {
  const { ada, bob, id } = await openPair()
  const [tablet, bobsPhone] = [await ada.connect(), await bob.connect()]
  t.equal((await ada.patch(`/conversations/${id}`, { isBlocked: true })).body.conversation.version, 2)
  t.equal((await ada.patch(`/conversations/${id}`, { isBlocked: true, isMuted: true })).body.conversation.version, 2)
  t.equal((await ada.patch(`/conversations/${id}`, { isBlocked: false })).body.conversation.version, 3)
  t.same(await tablet.next('sync:required', ({ version }) => version === 3), { conversationId: id, version: 3 })
  t.same(await bobsPhone.next('sync:required', ({ version }) => version === 3), { conversationId: id, version: 3 })
  t.same(tablet.all('sync:required').map(({ version }) => version), [2, 2, 3], 'the own devices hear of the muting too')
  t.same(bobsPhone.all('sync:required').map(({ version }) => version), [2, 3])
})

t.test('while either side blocks, neither sees in the conversation whether the other is online', async t => {
  const { ada, bob, id } = await openPair()
  await ada.connect()
  await bob.connect()
  const seenBy = async (person: Person) => (await person.get('/conversations')).body.conversations[0].otherUser
  await server.sql('UPDATE users SET last_active = now(), is_online = true WHERE id = ANY ($1)', [[ada.id, bob.id]])
  for (const person of [ada, bob]) t.match(await seenBy(person), { isOnline: true, lastActive: String })
  await bob.patch(`/conversations/${id}`, { isBlocked: true })
  for (const person of [ada, bob]) t.match(await seenBy(person), { isOnline: false, lastActive: null })
  await bob.patch(`/conversations/${id}`, { isBlocked: false })
  for (const person of [ada, bob]) t.match(await seenBy(person), { isOnline: true, lastActive: String })
})

t.test('blocked and unblocked from several devices at once, the version counts the real changes', async t => {
  const { ada, bob, id } = await openPair()
  const phone = await bob.connect()
  await Promise.all(Array.from({ length: 10 }, () => ada.patch(`/conversations/${id}`, { isBlocked: true })))
  t.match((await ada.get(`/conversations/${id}`)).body.conversation, { isBlocked: true, version: 2 })
  await ada.patch(`/conversations/${id}`, { isBlocked: false })
  await phone.next('sync:required', ({ version }) => version === 3)
  t.equal(phone.all('sync:required').length, 2)
})

t.test('whatever both sides do at once, nothing is sent while either of them blocks', async t => {
  const { ada, bob, id } = await openPair()
  for (let i = 0; i < 8; i++) {
    await Promise.all(
      [ada, bob].map(person => person.patch(`/conversations/${id}`, { isBlocked: (person === ada) === (i % 2 === 0) }))
    )
    t.match(await ada.post(`/conversations/${id}/messages`, { text: 'no' }), { status: 403, body: { code: 'BLOCKED' } })
  }
  await Promise.all([ada, bob].map(person => person.patch(`/conversations/${id}`, { isBlocked: false })))
  t.equal((await ada.post(`/conversations/${id}/messages`, { text: 'yes' })).status, 201)
})
