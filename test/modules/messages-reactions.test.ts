import t from 'tap'
import { createReactor } from '../../src/modules/messages/reactions.ts'
import { startServer, until, type Answer, type Person } from '../support/server.ts'
import { collide, whileLocked } from '../support/modules/collide.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  return { ada, bob, id, message: await ada.say(id, 'Hello') }
}

const react = (person: Person, messageId: string, emoji: string) =>
  person.put(`/messages/${messageId}/reactions/${emoji}`)
const takeBack = (person: Person, messageId: string, emoji: string) =>
  person.delete(`/messages/${messageId}/reactions/${emoji}`)
const outcome = ({ status, body }: Answer) => [status, body.code]
/** What a person finds at a message, wherever they look. */
async function readings (person: Person, id: string) {
  const { conversation, messages } = (await person.get(`/conversations/${id}?markRead=false`)).body
  const [found] = (await person.get('/conversations')).body.conversations
  const range = (await person.get(`/conversations/${id}/messages?limit=1`)).body.messages
  const { changed } = (await person.post('/sync', { conversations: { [id]: 1 } })).body
  return [messages[0], conversation.lastMessage, found.lastMessage, range[0], changed[0].messages.at(-1)]
}

t.test('a reaction is answered, heard by everyone, and found wherever the message is', async t => {
  const { ada, bob, id, message } = await openPair()
  const phones = [await ada.connect(), await bob.connect()]
  const { status, body } = await react(bob, message.id, '👍')
  const reactions = [{ emoji: '👍', count: 1, userIds: [bob.id] }]
  t.equal(status, 200)
  t.match(body.message, { id: message.id, version: message.version + 1, reactions, myReactions: ['👍'] })
  const event = {
    conversationId: id,
    version: message.version + 1,
    messageId: message.id,
    seq: message.seq,
    reactions,
    changes: [{ userId: bob.id, emoji: '👍', on: true }],
  }
  for (const phone of phones) t.same(await phone.next('message:reaction'), event)
  for (const found of await readings(bob, id)) t.match(found, { reactions, myReactions: ['👍'] })
  for (const found of await readings(ada, id)) t.match(found, { reactions, myReactions: [] })
  t.match((await bob.get('/conversations')).body.conversations[0], { unreadCount: 1 }, 'it is no new message')

  t.match((await takeBack(bob, message.id, '👍')).body.message, { reactions: [], myReactions: [] })
  const gone = await phones[0]!.next('message:reaction', ({ version }) => version === event.version + 1)
  t.same([gone.reactions, gone.changes], [[], [{ userId: bob.id, emoji: '👍', on: false }]])
  for (const found of await readings(ada, id)) t.match(found, { reactions: [] })
})

t.test('giving again what was given, and taking back what was not, change nothing and are not heard', async t => {
  const { ada, bob, id, message } = await openPair()
  const phone = await ada.connect()
  t.equal((await takeBack(bob, message.id, '👍')).status, 200)
  for (let i = 0; i < 3; i++) t.equal((await react(bob, message.id, '👍')).status, 200)
  const { version } = (await bob.get(`/conversations/${id}?markRead=false`)).body.conversation
  t.equal(version, message.version + 1)
  await ada.say(id, 'later')
  await phone.next('message:new', ({ message }) => message.text === 'later')
  t.equal(phone.all('message:reaction').length, 1)
})

t.test('an emoji has one spelling, and counts whatever its skin tone', async t => {
  const { ada, bob, message } = await openPair()
  await react(bob, message.id, '👍🏽')
  const { body } = await react(ada, message.id, '👍\uFE0F')
  t.match(body.message, { reactions: [{ emoji: '👍', count: 2, userIds: [bob.id, ada.id] }], myReactions: ['👍'] })
  const toned = await react(ada, message.id, '👍🏿')
  t.match(toned.body.message, { reactions: [{ emoji: '👍', count: 2 }], myReactions: ['👍🏿'] })
  t.match((await takeBack(ada, message.id, '👍')).body.message, { reactions: [{ count: 1 }], myReactions: [] })
  const longest = '🧑🏽‍❤️‍💋‍🧑🏿'
  const { body: { message: { reactions, myReactions } } } = await react(ada, message.id, longest)
  t.same([reactions.at(-1).emoji, myReactions], ['💏', [longest]])
  for (const wrong of ['a', '1', '👍👍', '👍x', '%20', ':+1:', '%F0%9F', '😀'.repeat(40)]) {
    t.equal((await react(ada, message.id, wrong)).status, 400, wrong)
  }
})

t.test('a person gives three at most, and a message has twenty kinds', async t => {
  const people = await server.signInMany(8) as [Person, ...Person[]]
  const { id } = (await people[0].post('/groups', { name: 'Chess' })).body.group
  await Promise.all(people.slice(1).map(person => person.post(`/groups/${id}/join`)))
  const message = await people[0].say(id, 'Which one?')
  const emoji = [...'😀😃😄😁😆😅😂😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛']
  const kinds = emoji.slice(0, 20).map((one, i) => react(people[Math.floor(i / 3)]!, message.id, one))
  t.ok((await Promise.all(kinds)).every(({ status }) => status === 200))
  t.same(outcome(await react(people[0], message.id, '🥳')), [409, 'TOO_MANY_REACTIONS'])
  t.same(outcome(await react(people[7]!, message.id, emoji[20]!)), [409, 'TOO_MANY_REACTIONS'])
  t.equal((await react(people[7]!, message.id, emoji[0]!)).status, 200, 'one that is there counts up')
  const { body } = await people[0].get(`/conversations/${id}/messages?limit=1`)
  t.match(body.messages[0].reactions[0], { emoji: emoji[0], count: 2 }, 'the most given is first')
})

t.test('fifty people at once are counted exactly, in few versions and events', async t => {
  const people = await server.signInMany(50) as [Person, ...Person[]]
  const { id } = (await people[0].post('/groups', { name: 'Crowd' })).body.group
  await Promise.all(people.slice(1).map(person => person.post(`/groups/${id}/join`)))
  const message = await people[0].say(id, 'Hands up')
  const phone = await people[0].connect()
  // As in a large group, where they are gathered for longer.
  await server.sql('UPDATE conversations SET member_count = 101 WHERE id = $1', [id])
  const answers = await Promise.all(
    people.flatMap(person => [react(person, message.id, '✋'), react(person, message.id, '🎉')])
  )
  t.ok(answers.every(({ status }) => status === 200))
  const [found] = (await people[0].get(`/conversations/${id}/messages?limit=1`)).body.messages
  t.same(found.reactions.map(({ emoji, count }: any) => [emoji, count]).sort(), [['✋', 50], ['🎉', 50]].sort())
  t.same(await server.sql('SELECT count(*)::int FROM message_reactions WHERE message_id = $1', [message.id]), [
    { count: 100 },
  ])
  await phone.next('message:reaction', ({ version }) => version === found.version)
  const heard = phone.all('message:reaction')
  t.ok(heard.length < 10, `${heard.length} events`)
  t.equal(heard.flatMap(({ changes }) => changes).length, 100)
  t.equal(found.version, message.version + heard.length)
})

t.test('two nodes count the same message exactly', async t => {
  const other = await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })
  const { ada, bob, id, message } = await openPair()
  const there = Object.assign(Object.create(bob) as Person, { server: other })
  for (let round = 0; round < 10; round++) {
    const give = round % 2 === 0 ? react : takeBack
    await collide(server, 'SELECT FROM messages WHERE id = $1 FOR UPDATE', message.id, [
      () => give(ada, message.id, '👍'), () => give(there, message.id, '👍'),
    ])
  }
  const [found] = (await ada.get(`/conversations/${id}/messages?limit=1`)).body.messages
  t.same([found.reactions, found.version], [[], message.version + 20])
})

t.test('who reacted is listed in pages, of one emoji or of all', async t => {
  const people = await server.signInMany(4) as [Person, ...Person[]]
  const { id } = (await people[0].post('/groups', { name: 'Chess' })).body.group
  await Promise.all(people.slice(1).map(person => person.post(`/groups/${id}/join`)))
  const message = await people[0].say(id, 'Who?')
  for (const person of people) await react(person, message.id, '👍🏽')
  await react(people[0], message.id, '🎉')
  const path = `/messages/${message.id}/reactions`
  const pages: any[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: Answer = await people[0].get(`${path}?limit=2${cursor && `&cursor=${cursor}`}`)
    pages.push(body)
    cursor = body.nextCursor
  }
  const all = pages.flatMap(({ reactions }) => reactions)
  t.same(pages.map(({ reactions, hasMore }) => [reactions.length, hasMore]), [[2, true], [2, true], [1, false]])
  t.same(new Set(all.map(({ user, emoji }) => `${user.id} ${emoji}`)).size, 5)
  t.match(all[0], { user: { name: String, username: String }, emoji: /👍🏽|🎉/u, createdAt: /Z$/ })
  t.equal((await people[0].get(`${path}?emoji=👍`)).body.reactions.length, 4)
  for (const wrong of ['emoji=x', 'cursor=x', 'limit=0', 'other=1']) {
    t.equal((await people[0].get(`${path}?${wrong}`)).status, 400, wrong)
  }
})

t.test('what one may not see or say, one may not react to', async t => {
  const { ada, bob, id, message } = await openPair()
  const stranger = await server.signIn()
  for (const answer of [
    await react(stranger, message.id, '👍'), await takeBack(stranger, message.id, '👍'),
    await stranger.get(`/messages/${message.id}/reactions`),
    await react(ada, '01970000-0000-7000-8000-00000000ffff', '👍'),
  ]) t.same(outcome(answer), [404, 'NOT_FOUND'])
  await react(bob, message.id, '👍')
  await ada.patch(`/conversations/${id}`, { isBlocked: true })
  t.same(outcome(await react(bob, message.id, '🎉')), [403, 'BLOCKED'])
  t.same(outcome(await takeBack(bob, message.id, '👍')), [403, 'BLOCKED'])
  await ada.patch(`/conversations/${id}`, { isBlocked: false })
  await ada.delete(`/messages/${message.id}?for=everyone`)
  t.same(await server.sql('SELECT reactions FROM messages WHERE id = $1', [message.id]), [{ reactions: null }])
  t.same(await server.sql('SELECT FROM message_reactions WHERE message_id = $1', [message.id]), [])
  t.same(outcome(await react(bob, message.id, '🎉')), [409, 'MESSAGE_DELETED'])
  t.equal((await takeBack(bob, message.id, '👍')).status, 200)
  t.same((await bob.get(`/messages/${message.id}/reactions`)).body.reactions, [])
  const [tombstone] = (await bob.get(`/conversations/${id}/messages?limit=1`)).body.messages
  t.match(tombstone, { reactions: [], deletedFor: 'everyone' })
})

t.test('whoever leaves while their reaction waits reacts no more', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  await bob.post(`/groups/${id}/join`)
  const message = await ada.say(id, 'Hello')
  await react(ada, message.id, '👍')
  const late = react(bob, message.id, '👍')
  await bob.post(`/groups/${id}/leave`)
  const { status } = await late
  const rows = await server.sql('SELECT FROM message_reactions WHERE message_id = $1 AND user_id = $2', [
    message.id, bob.id,
  ])
  t.ok(status === 200 ? rows.length === 1 : status === 404 && rows.length === 0, `${status}`)
})

t.test('a thousand may wait for one message, and one more is told to come again', async t => {
  const { bob, id, message } = await openPair()
  const react = createReactor(server.app)
  const refusals: string[] = []
  const lock = 'SELECT FROM conversations WHERE id = $1 FOR UPDATE'
  await whileLocked(server, lock, id, async commit => {
    const calls = Array.from({ length: 1_010 }, () =>
      react(bob.id, message.id, '👍', true).catch(error => { refusals.push(error.code) }))
    await until(() => refusals.length > 0)
    await commit()
    await Promise.all(calls)
  })
  t.same([...new Set(refusals)], ['UNAVAILABLE'])
  t.ok(refusals.length < 10, `${refusals.length}`)
  t.match((await bob.get(`/messages/${message.id}/reactions`)).body.reactions, [{ user: { id: bob.id }, emoji: '👍' }])
})
