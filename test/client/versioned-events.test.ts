import type { Server } from 'socket.io'
import t from 'tap'
import { startServer, until, type Person } from '../support/server.ts'
import { connect, next, shows, textsOf, watch } from '../support/client/chats.ts'

const server = await startServer(t)

t.test('the first message of somebody new is announced; what was said in a group before one joined is not', async t => {
  const [ada, bob, cat] = await server.signInMany(3) as [Person, Person, Person]
  const { id: known } = await ada.talkTo(bob)
  await ada.say(known, 'before')
  const { id: group } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await ada.say(group, 'before')
  const chat = await connect(t, bob)
  const announced: Array<string | null> = []
  chat.on('message', ({ text }) => { announced.push(text) })

  await chat.api.joinGroup({ id: group })
  await shows(chat, () => chat.conversation(group) !== undefined)
  const { id } = await cat.talkTo(bob)
  await cat.say(id, 'from a stranger')
  await until(() => announced.length > 0)
  await ada.say(group, 'now')
  await until(() => announced.length > 1)
  t.same(announced, ['from a stranger', 'now'])
})

t.test('an event of a newer server makes a client look, if it carries a version', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const { fetch, paths } = watch()
  const chat = await connect(t, bob, { fetch })
  const room = (server.app.io as unknown as Server).to(`user:${bob.id}`)
  const syncs = () => paths.filter(path => path === '/sync').length
  t.equal(syncs(), 1)
  room.emit('message:sparkled', { conversationId: id, version: 9, sparkles: 3 })
  await until(() => syncs() === 2)
  room.emit('own:sparkled', { ownVersion: 9 })
  await until(() => syncs() === 3)
  for (const payload of [{ conversationId: id }, { version: 9 }, {}, null, 'version']) room.emit('sparkled', payload)
  await ada.say(id, 'after them')
  await shows(chat, () => textsOf(chat, id).length === 1)
  t.equal(syncs(), 3)
})

t.test('who comes while /sync is asked is there, though its answer does not know it yet', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const held = { isNext: false, asked: Promise.withResolvers<void>(), answer: Promise.withResolvers<void>() }
  const chat = await connect(t, ada, {
    async fetch (...request) {
      const response = await fetch(...request)
      if (held.isNext && String(request[0]).endsWith('/sync')) {
        held.asked.resolve()
        await held.answer.promise
      }
      return response
    },
  })
  held.isNext = true
  const heard = new Promise<void>(resolve => chat.parts.connection.socket.once('user:online', () => resolve()))
  await ada.patch(`/conversations/${id}`, { isMuted: true })
  const muted = shows(chat, () => chat.conversation(id)!.isMuted)
  await held.asked.promise
  const phone = await bob.connect()
  await heard
  held.answer.resolve()
  await muted
  t.equal(chat.conversation(id)!.otherUser!.isOnline, true)
  phone.socket.disconnect()
  await next(chat, 'change', () => chat.conversation(id)!.otherUser!.isOnline === false)
})
