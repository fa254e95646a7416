import { isDeepStrictEqual } from 'node:util'
import type { Server } from 'socket.io'
import t from 'tap'
import { startServer, type Person } from '../support/server.ts'
import {
  connect, fill, messagesOf, next, openPair, seqsOf, shows, textsOf, upTo, watch,
} from '../support/client/chats.ts'

const server = await startServer(t)

t.test('two people talk, and their clients show the same', async t => {
  const { ada, bob, id } = await openPair(server)
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

t.test('conversations are in the order of last activity, and the same object until something changes', async t => {
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
  const { ada, bob, id } = await openPair(server)
  const chat = await connect(t, bob)
  const room = (server.app.io as unknown as Server).to(`conversation:${id}`)
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
  const { ada, bob, id } = await openPair(server)
  const chat = await connect(t, bob)
  await fill(server, id, ada, 120)
  await ada.say(id, 'heard')
  await shows(chat, () => seqsOf(chat, id).length > 0)
  await chat.parts.synchroniser.settled()
  t.same(seqsOf(chat, id), upTo(121))
})

t.test('an own message is shown when it is answered, others before it as soon as they are known', async t => {
  const { ada, bob, id } = await openPair(server)
  const { fetch } = watch()
  const chat = await connect(t, bob, { fetch })
  await fill(server, id, ada, 2)
  const sent = await chat.send(id, { text: 'mine' })
  t.equal(messagesOf(chat, id).at(-1)!.id, sent.id)
  await chat.parts.synchroniser.settled()
  t.same(seqsOf(chat, id), [1, 2, 3])
})

t.test('reactions are shown to everyone, one\'s own as such, and skin tones as one', async t => {
  const { ada, bob, id } = await openPair(server)
  const { id: messageId } = await ada.say(id, 'Hello')
  const [one, other] = [await connect(t, ada), await connect(t, bob)]
  const reactionsOf = (chat: typeof one) => {
    const [message] = messagesOf(chat, id)
    return 'reactions' in message!
      ? [message.reactions.map(({ emoji, count }) => `${emoji} ${count}`), message.myReactions]
      : []
  }
  const shown = (chat: typeof one, expected: unknown) =>
    shows(chat, () => isDeepStrictEqual(reactionsOf(chat), expected))
  await other.api.addReaction({ id: messageId, emoji: '👍' })
  await Promise.all([shown(one, [['👍 1'], []]), shown(other, [['👍 1'], ['👍']])])
  await other.api.addReaction({ id: messageId, emoji: '👍🏽' })
  await one.api.addReaction({ id: messageId, emoji: '🎉' })
  await Promise.all([shown(one, [['👍 1', '🎉 1'], ['🎉']]), shown(other, [['👍 1', '🎉 1'], ['👍🏽']])])
  t.match(one.conversation(id)!.lastMessage, { reactions: [{ emoji: '👍' }, { emoji: '🎉' }] })
  await other.api.removeReaction({ id: messageId, emoji: '👍' })
  await Promise.all([shown(one, [['🎉 1'], ['🎉']]), shown(other, [['🎉 1'], []])])
})

t.test('deletions are shown: for everyone to everyone, for oneself on all of one\'s devices', async t => {
  const { ada, bob, id } = await openPair(server)
  const [first, second] = [await ada.say(id, '1'), await ada.say(id, '2')]
  const [one, other] = [await connect(t, ada), await connect(t, bob)]
  await ada.delete(`/messages/${first.id}?for=everyone`)
  await bob.delete(`/messages/${second.id}?for=self`)
  await shows(one, () => messagesOf(one, id)[0]!.status === 'deleted')
  await shows(
    other,
    () =>
      messagesOf(other, id).every(({ status }) => status === 'deleted') && other.conversation(id)!.lastMessage === null
  )
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

t.test('who comes and goes is shown', async t => {
  const { ada, bob, id } = await openPair(server)
  const chat = await connect(t, ada)
  t.equal(chat.conversation(id)!.otherUser!.isOnline, false)
  const { socket } = await bob.connect()
  await shows(chat, () => chat.conversation(id)!.otherUser!.isOnline)
  socket.disconnect()
  await shows(chat, () => !chat.conversation(id)!.otherUser!.isOnline)
  t.ok(chat.conversation(id)!.otherUser!.lastActive)
})
