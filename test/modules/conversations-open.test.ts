import t from 'tap'
import { startServer } from '../support/server.ts'

const server = await startServer(t)

t.test('opening a direct conversation makes it the first time and finds it ever after, from either side', async t => {
  const [ada, bob] = await server.signInMany(2)
  const first = await ada!.post('/conversations', { userId: bob!.id })
  t.equal(first.status, 201)
  t.equal(first.body.created, true)
  const { conversation } = first.body
  t.match(conversation, {
    type: 'direct',
    name: null,
    icon: null,
    iconBg: null,
    about: null,
    lastSeq: 0,
    version: 1,
    unreadCount: 0,
    isMuted: false,
    isBlocked: false,
    lastReadAt: null,
    lastMessage: null,
  })
  t.match(conversation.otherUser, { id: bob!.id, name: bob!.user.name })
  t.notOk('email' in conversation.otherUser || 'phoneNumber' in conversation.otherUser, 'without what is private')

  const again = await ada!.post('/conversations', { userId: bob!.id.toUpperCase() })
  t.same([again.status, again.body], [200, { conversation, created: false }])
  const other = await bob!.post('/conversations', { userId: ada!.id })
  t.equal(other.status, 200)
  t.match(other.body, { created: false, conversation: { id: conversation.id, otherUser: { id: ada!.id } } })
})

t.test('both hear of a new conversation and are in its room from then on; finding it announces nothing', async t => {
  const [ada, bob] = await server.signInMany(2)
  const [adasPhone, bobsPhone] = [await ada!.connect(), await bob!.connect()]
  const { id, version } = await ada!.talkTo(bob!)
  t.same(await adasPhone.next('sync:required'), { conversationId: id, version })
  t.same(await bobsPhone.next('sync:required'), { conversationId: id, version })
  await bob!.talkTo(ada!)
  const { message } = (await adasPhone.ask('message:send', { conversationId: id, text: 'Hello' }))
  t.same((await bobsPhone.next('message:new')).message, message)
  t.equal(bobsPhone.all('sync:required').length, 1)
})

t.test('nobody talks to themselves, or to somebody who does not exist', async t => {
  const ada = await server.signIn()
  for (const userId of [ada.id, ada.id.toUpperCase()]) {
    const oneself = await ada.post('/conversations', { userId })
    t.equal(oneself.status, 400)
    t.match(oneself.body, { code: 'VALIDATION_FAILED' })
  }
  const unknown = await ada.post('/conversations', { userId: '00000000-0000-7000-8000-000000000000' })
  t.equal(unknown.status, 404)
  t.match(unknown.body, { code: 'NOT_FOUND', message: 'There is no such user.' })
  t.same((await ada.get('/conversations')).body.conversations, [])
})

t.test('opened from both sides at once, many times over, there is one conversation with two participants', async t => {
  const [ada, bob] = await server.signInMany(2)
  const phone = await bob!.connect()
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    i % 2 ? ada!.post('/conversations', { userId: bob!.id }) : bob!.post('/conversations', { userId: ada!.id })
  ))
  t.same(answers.map(answer => answer.status).sort(), [...Array(19).fill(200), 201])
  t.ok(answers.every(({ status, body }) => body.created === (status === 201)))
  const ids = new Set(answers.map(answer => answer.body.conversation.id))
  t.equal(ids.size, 1)
  const people = await server.sql('SELECT user_id FROM participants WHERE conversation_id = $1', [...ids])
  t.same(people.map(row => row.user_id).sort(), [ada!.id, bob!.id].sort())
  t.match(await server.sql('SELECT member_count FROM conversations WHERE id = $1', [...ids]), [{ member_count: 2 }])

  await ada!.say([...ids][0], 'Hello')
  await phone.next('message:new')
  t.equal(phone.all('sync:required').length, 1, 'and it is announced once')
})
