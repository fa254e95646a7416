import t from 'tap'
import type { Listener } from '../support/listener.ts'
import { startServer, until } from '../support/server.ts'

const server = await startServer(t)

/** Two people with a direct conversation, the first with two devices. */
async function pair () {
  const [ada, bob] = await server.signInMany(2) as [
    Awaited<ReturnType<typeof server.signIn>>, Awaited<ReturnType<typeof server.signIn>>
  ]
  const { id: conversationId } = await ada.talkTo(bob)
  const [phone, laptop, ear] = await Promise.all([ada.connect(), ada.connect(), bob.connect()])
  return { ada, bob, conversationId, phone, laptop, ear }
}

const typing = (listener: Listener) => listener.all('typing').map(({ isTyping }) => isTyping)
const started = ({ isTyping }: { isTyping: boolean }) => isTyping
const stopped = ({ isTyping }: { isTyping: boolean }) => !isTyping

t.test('typing goes to the other members and to no device of the typist', async t => {
  const { ada, bob, phone, laptop, ear } = await pair()
  const { body: { group: { id: conversationId } } } = await bob.post('/groups', { name: 'Club' })
  const cat = await server.signIn()
  for (const person of [ada, cat]) await person.post(`/groups/${conversationId}/join`)
  const catEar = await cat.connect()
  t.same(await phone.ask('typing:start', { conversationId }), { ok: true })
  for (const listener of [ear, catEar]) {
    t.same(await listener.next('typing'), { conversationId, userId: ada.id, isTyping: true })
  }
  t.same(await phone.ask('typing:start', { conversationId }), { ok: true }, 'a second start')
  t.same(await laptop.ask('typing:start', { conversationId }), { ok: true }, 'and one on the other device')
  t.same(await phone.ask('typing:stop', { conversationId }), { ok: true })
  for (const listener of [ear, catEar]) {
    t.same(await listener.next('typing', stopped), { conversationId, userId: ada.id, isTyping: false })
    t.same(typing(listener), [true, false])
  }
  t.same(await phone.ask('typing:stop', { conversationId }), { ok: true }, 'a second stop')
  await bob.say(conversationId, 'marker')
  for (const listener of [phone, laptop, catEar]) await listener.next('message:new')
  t.same(typing(phone).concat(typing(laptop)), [])
  t.same(typing(catEar), [true, false])
})

t.test('a start and a stop in one breath end in a stop', async t => {
  const { conversationId, phone, ear } = await pair()
  for (let i = 0; i < 10; i++) {
    phone.socket.emit('typing:start', { conversationId })
    phone.socket.emit('typing:stop', { conversationId })
  }
  await phone.ask('message:send', { conversationId, text: 'marker' })
  await ear.next('message:new')
  t.equal(typing(ear).at(-1), false)
})

t.test('typing ends by itself', { jobs: 8 }, async t => {
  await Promise.all([
    t.test('6 s after the last start', async t => {
      const { conversationId, phone, ear } = await pair()
      const begin = Date.now()
      await phone.ask('typing:start', { conversationId })
      setTimeout(() => phone.socket.emit('typing:start', { conversationId }), 1_000)
      await ear.next('typing', stopped, 12_000)
      const took = Date.now() - begin
      t.ok(took >= 6_900 && took < 10_000, `${took} ms`)
      t.same(typing(ear), [true, false], 'a renewal is no second event')
    }),

    t.test('and is told again every 2 s while it goes on, not with every start', async t => {
      const { conversationId, phone, ear } = await pair()
      const begin = Date.now()
      const keys = setInterval(() => phone.socket.emit('typing:start', { conversationId }), 200)
      t.teardown(() => clearInterval(keys))
      await until(() => typing(ear).length === 3)
      const took = Date.now() - begin
      t.ok(took >= 3_900 && took < 8_000, `${took} ms`)
      t.same(typing(ear), [true, true, true])
    }),

    t.test('with the message', async t => {
      const { ada, conversationId, phone, ear } = await pair()
      await phone.ask('typing:start', { conversationId })
      await ada.say(conversationId, 'done')
      await ear.next('typing', stopped, 2_000)
      t.same(ear.heard.filter(({ name }) => /typing|message/.test(name)).map(({ name }) => name), [
        'typing', 'message:new', 'typing',
      ])
    }),

    t.test('when the person looks elsewhere', async t => {
      const { conversationId, phone, ear } = await pair()
      await phone.ask('typing:start', { conversationId })
      await phone.ask('conversation:leave', { conversationId })
      await ear.next('typing', stopped, 2_000)
      t.same(typing(ear), [true, false])
    }),

    t.test('when the socket goes, but not when another one goes', async t => {
      const { ada, conversationId, phone, laptop, ear } = await pair()
      await phone.ask('typing:start', { conversationId })
      laptop.socket.disconnect()
      await ada.talkTo(await server.signIn())
      await phone.ask('typing:start', { conversationId })
      t.same(typing(ear), [true])
      phone.socket.disconnect()
      await ear.next('typing', stopped, 2_000)
      t.same(typing(ear), [true, false])
    }),

    t.test('when the person leaves the group', async t => {
      const { ada, bob, phone, ear } = await pair()
      const { body: { group: { id: conversationId } } } = await bob.post('/groups', { name: 'Club' })
      await ada.post(`/groups/${conversationId}/join`)
      await phone.ask('typing:start', { conversationId })
      await ada.post(`/groups/${conversationId}/leave`)
      await ear.next('typing', stopped, 2_000)
      t.match(await phone.ask('typing:start', { conversationId }), { ok: false, error: { code: 'NOT_FOUND' } })
      t.same(typing(ear), [true, false])
    }),

    t.test('when either side blocks, and cannot begin until the block is gone', async t => {
      const { ada, bob, conversationId, phone, ear } = await pair()
      const { body: { group } } = await bob.post('/groups', { name: 'Elsewhere' })
      await ada.post(`/groups/${group.id}/join`)
      await phone.ask('typing:start', { conversationId: group.id })
      await phone.ask('typing:start', { conversationId })
      await bob.patch(`/conversations/${conversationId}`, { isBlocked: true })
      t.match(await ear.next('typing', stopped, 2_000), { conversationId })
      t.same(await phone.ask('typing:start', { conversationId }), { ok: true }, 'the typist is not told of the block')
      t.same(await ear.ask('typing:start', { conversationId }), { ok: true })
      await bob.patch(`/conversations/${conversationId}`, { isBlocked: false })
      const heard = typing(ear).length
      t.same(ear.all('typing').filter(event => event.conversationId === conversationId).map(started), [true, false])
      t.same(typing(phone), [])
      await phone.ask('typing:start', { conversationId })
      t.equal(typing(ear).length, heard + 1)
    }),
  ])
})
