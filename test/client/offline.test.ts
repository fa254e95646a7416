import t from 'tap'
import { createClient } from '../../client/src/index.ts'
import { startServer } from '../support/server.ts'
import { connect, next, openPair, seqsOf, shows, textsOf, upTo } from '../support/client/chats.ts'
import { createLine } from '../support/client/line.ts'

const server = await startServer(t)

const status = (wanted: string) => (status: string) => status === wanted

t.test('300 messages pass while a client is offline: then it has them all, in order, as has its neighbour', async t => {
  const { ada, bob, id } = await openPair(server)
  await ada.say(id, '1')
  const line = await createLine(t, server.url)
  const chat = await connect(t, bob, { url: line.url })
  const neighbour = await connect(t, bob)
  const offline = next(chat, 'status', status('offline'))
  line.cut()
  await offline
  for (let seq = 2; seq <= 301; seq++) await ada.say(id, `${seq}`)
  t.same(seqsOf(chat, id), [1])
  const told: string[] = []
  chat.on('message', ({ text }) => told.push(text!))
  line.mend()
  await chat.online()
  t.same(seqsOf(chat, id), upTo(301))
  t.same(textsOf(chat, id), upTo(301).map(String))
  t.same(told, upTo(301, 2).map(String), 'each is told once')
  await shows(neighbour, () => seqsOf(neighbour, id).length === 301)
  t.same(neighbour.conversation(id), chat.conversation(id))
  t.equal(chat.conversation(id)!.unreadCount, 301)
})

t.test('what is deleted, read and left while a client is offline', async t => {
  const { ada, bob, id } = await openPair(server)
  const { id: groupId } = (await bob.post('/groups', { name: 'Chess' })).body.group
  const first = await ada.say(id, '1')
  await bob.say(id, '2')
  const line = await createLine(t, server.url)
  const chat = await connect(t, bob, { url: line.url })
  line.cut()
  await next(chat, 'status', status('offline'))
  await ada.delete(`/messages/${first.id}?for=everyone`)
  await ada.get(`/conversations/${id}`)
  await bob.post(`/groups/${groupId}/leave`)
  line.mend()
  await chat.online()
  t.match(chat.conversation(id)!.messages, [
    { status: 'deleted', deletedFor: 'everyone' }, { status: 'read', text: '2' },
  ])
  t.equal(chat.conversation(groupId), undefined)
  t.same(chat.conversations.map(conversation => conversation.id), [id])
})

t.test('of what came while a client was offline, only what is neither read elsewhere nor muted is news', async t => {
  const { ada, bob, id } = await openPair(server)
  const cat = await server.signIn()
  const muted = (await cat.talkTo(bob)).id
  const { id: groupId } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${groupId}/join`)
  const line = await createLine(t, server.url)
  const chat = await connect(t, bob, { url: line.url })
  const told: string[] = []
  chat.on('message', ({ text }) => told.push(text!))
  line.cut()
  await next(chat, 'status', status('offline'))
  for (const conversationId of [id, groupId]) {
    const { id: messageId } = await ada.say(conversationId, 'read elsewhere')
    await bob.post(`/messages/${messageId}/read`)
    await ada.say(conversationId, 'news')
  }
  await cat.say(muted, 'before it is muted')
  await bob.patch(`/conversations/${muted}`, { isMuted: true })
  line.mend()
  await chat.online()
  t.same(told, ['news', 'news'])

  await t.test('and the same of what comes while it is online', async t => {
    await cat.say(muted, 'muted')
    await shows(chat, () => textsOf(chat, muted).length === 2)
    const heard = next(chat, 'message')
    await bob.patch(`/conversations/${muted}`, { isMuted: false })
    await shows(chat, () => !chat.conversation(muted)!.isMuted)
    await cat.say(muted, 'loud')
    t.match(await heard, { text: 'loud' })
  })
})

t.test('a server is replaced by another one while people write', async t => {
  const { ada, bob, id } = await openPair(server)
  const first = await startServer(t, {
    DATABASE_URL: server.databaseUrl, DATA_DIR: server.config.DATA_DIR, JWT_SECRET: server.config.JWT_SECRET,
  })
  const line = await createLine(t, first.url)
  const chat = await connect(t, ada, { url: line.url })
  const other = await connect(t, bob, { url: line.url })
  const sends = upTo(20).map(n => chat.send(id, { text: `${n}` }))
  await sends[3]
  line.leadTo(server.url)
  await first.app.close()
  const messages = await Promise.all(sends)
  t.same(messages.map(({ seq }) => seq), upTo(20))
  await shows(other, () => seqsOf(other, id).length === 20)
  t.same(textsOf(other, id), upTo(20).map(String))
})

t.test('what is written during an outage is sent once it is over, each once, in order', async t => {
  const { ada, id } = await openPair(server)
  const line = await createLine(t, server.url)
  const chat = await connect(t, ada, { url: line.url })
  const offline = next(chat, 'status', status('offline'))
  line.cut()
  const sends = upTo(3).map(n => chat.send(id, { text: `${n}` }))
  t.match(chat.conversation(id)!.messages, upTo(3).map(n => ({ status: 'pending', text: `${n}`, seq: null })))
  t.match(chat.conversation(id)!.lastMessage, { text: '3' })
  await offline
  line.mend()
  t.same((await Promise.all(sends)).map(({ seq, text }) => [seq, text]), [[1, '1'], [2, '2'], [3, '3']])
  await chat.online()
  t.match(chat.conversation(id)!.messages, upTo(3).map(n => ({ status: 'sent', text: `${n}`, seq: n })))
  t.equal((await ada.get(`/conversations/${id}/messages`)).body.messages.length, 3)
})

t.test('the server refuses connections for the moment: the client comes again', async t => {
  const { ada } = await openPair(server)
  let refusals = 2
  server.app.io.use((_socket, next) => {
    if (refusals === 0) return next()
    refusals--
    next(Object.assign(new Error('Try again.'), { data: { statusCode: 503, code: 'UNAVAILABLE' } }))
  })
  await connect(t, ada)
  t.equal(refusals, 0)
})

t.test('who is online is right again after an outage', async t => {
  const { ada, bob, id } = await openPair(server)
  const line = await createLine(t, server.url)
  const away = await connect(t, bob)
  const chat = await connect(t, ada, { url: line.url })
  await shows(chat, () => chat.conversation(id)!.otherUser!.isOnline)
  line.cut()
  await next(chat, 'status', status('offline'))
  away.close()
  const heard = await bob.connect()
  heard.socket.disconnect()
  const watcher = await ada.connect()
  await watcher.next('user:offline', ({ userId }) => userId === bob.id)
  line.mend()
  await shows(chat, () => !chat.conversation(id)!.otherUser!.isOnline)
  t.ok(chat.conversation(id)!.otherUser!.lastActive)
})

t.test('a client that is closed before it is online says so', async t => {
  const { ada } = await openPair(server)
  const line = await createLine(t, server.url)
  line.cut()
  const chat = await createClient({ url: line.url, token: ada.token })
  const online = chat.online()
  chat.close()
  await t.rejects(online, { code: 'CLOSED' })
  await t.rejects(chat.online(), { code: 'CLOSED' })
  await t.rejects(chat.send('any', { text: 'late' }), { code: 'CLOSED' })
  await chat.open()
  t.equal(chat.status, 'offline')
})
