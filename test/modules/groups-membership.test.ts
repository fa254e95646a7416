import t from 'tap'
import { startServer, until, type Person } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob, cat] = [await server.signIn('Ada'), await server.signIn('Bob'), await server.signIn('Cat')]

async function found (founder: Person, name: string): Promise<{ id: string }> {
  return (await founder.post('/groups', { name })).body.group
}

const countOf = async (id: string) => (await ada.get(`/groups/${id}`)).body.memberCount
const rowsOf = (id: string) => server.sql('SELECT user_id FROM participants WHERE conversation_id = $1', [id])
const versionOf = async (id: string) =>
  (await server.sql('SELECT version::int FROM conversations WHERE id = $1', [id]))[0].version

t.test('joining and leaving are heard once by the members and by all own devices', async t => {
  const { id } = await found(ada, 'Club')
  const [adaEar, phone, laptop] = [await ada.connect(), await bob.connect(), await bob.connect()]
  const stranger = await cat.connect()

  const { status, body } = await bob.post(`/groups/${id}/join`)
  t.equal(status, 200)
  t.match(body, { success: true, conversation: { id, type: 'group', name: 'Club', unreadCount: 0 } })
  for (const ear of [adaEar, phone, laptop]) {
    const joined = await ear.next('group:member-joined')
    t.match(joined, { conversationId: id, version: body.conversation.version, user: { id: bob.id, name: 'Bob' } })
    t.same(Object.keys(joined).sort(), ['conversationId', 'user', 'version'])
    t.notOk('email' in joined.user)
  }
  t.match(await bob.post(`/groups/${id}/join`), {
    status: 200, body: { success: true, conversation: { id, version: body.conversation.version } },
  })
  t.equal(await countOf(id), 2)

  t.same(await bob.post(`/groups/${id}/leave`).then(({ status, body }) => ({ status, body })), {
    status: 200, body: { success: true },
  })
  for (const ear of [adaEar, phone, laptop]) {
    t.same(await ear.next('group:member-left'), {
      conversationId: id, version: body.conversation.version + 1, userId: bob.id,
    })
  }
  t.match(await bob.post(`/groups/${id}/leave`), { status: 200, body: { success: true } })
  t.equal(await versionOf(id), body.conversation.version + 1)

  await ada.say(id, 'marker')
  await adaEar.next('message:new')
  t.equal(adaEar.all('group:member-joined').length, 1)
  t.equal(adaEar.all('group:member-left').length, 1)

  await ada.talkTo(bob)
  await phone.next('sync:required')
  t.same(phone.all('message:new'), [], 'who has left hears nothing')
  await cat.talkTo(ada)
  await stranger.next('sync:required')
  t.same(stranger.heard.filter(event => event.name.startsWith('group:')), [], 'nor does who never was a member')
})

t.test('what was written before joining is not unread', async t => {
  const { id } = await found(ada, 'Old')
  await ada.say(id, 'before')
  t.match((await bob.post(`/groups/${id}/join`)).body.conversation, { unreadCount: 0, lastSeq: 1 })
  await ada.say(id, 'after')
  t.match((await bob.post(`/groups/${id}/join`)).body.conversation, { unreadCount: 1, lastSeq: 2 })
})

t.test('twenty joins of one person at once make one member and one event', async t => {
  const { id } = await found(ada, 'Rush')
  const ear = await ada.connect()
  const version = await versionOf(id)
  const answers = await Promise.all(Array.from({ length: 20 }, () => bob.post(`/groups/${id}/join`)))
  t.ok(answers.every(({ status, body }) => status === 200 && body.conversation.id === id))
  t.same((await rowsOf(id)).map(row => row.user_id).sort(), [ada.id, bob.id].sort())
  t.equal(await countOf(id), 2)
  t.equal(await versionOf(id), version + 1)

  await Promise.all(Array.from({ length: 20 }, () => bob.post(`/groups/${id}/leave`)))
  t.same(await rowsOf(id), [{ user_id: ada.id }])
  t.equal(await versionOf(id), version + 2)
  await ada.say(id, 'marker')
  await ear.next('message:new')
  t.equal(ear.all('group:member-joined').length, 1)
  t.equal(ear.all('group:member-left').length, 1)
})

t.test('the number of members is exact after many people joined, wrote and left at once', async t => {
  const { id } = await found(ada, 'Turmoil')
  const ear = await ada.connect()
  const crowd = await server.signInMany(25)
  const answers = await Promise.all(crowd.flatMap((person, i) => [
    person.post(`/groups/${id}/join`),
    person.post(`/groups/${id}/leave`),
    ...i % 2 ? [person.post(`/groups/${id}/join`)] : [ada.post(`/conversations/${id}/messages`, { text: `${i}` })],
  ]))
  t.same(answers.filter(({ status }) => ![200, 201, 404].includes(status)).map(({ body }) => body), [])
  const rows = await rowsOf(id)
  t.equal(await countOf(id), rows.length)
  t.equal((await ada.get(`/groups/${id}?limit=100`)).body.members.length, rows.length)

  await ada.say(id, 'marker')
  await ear.next('message:new', ({ message }) => message.text === 'marker')
  t.equal(
    1 + ear.all('group:member-joined').length - ear.all('group:member-left').length, rows.length, 'as the events say'
  )
  const versions = ear.heard.map(event => event.payload.version as number).sort((a, b) => a - b)
  t.same(versions, versions.map((_, i) => versions[0]! + i), 'every version was announced once')
})

t.test('a member with whom there is a block hears of a joining, but not of presence', async t => {
  const { id } = await found(ada, 'Awkward')
  for (const person of [cat, await server.signIn()]) await person.post(`/groups/${id}/join`)
  const { id: direct } = await bob.talkTo(cat)
  await cat.patch(`/conversations/${direct}`, { isBlocked: true })
  const [adaEar, catEar] = [await ada.connect(), await cat.connect()]
  await bob.connect()
  await until(async () => (await ada.get(`/users/${bob.id}`)).body.user.isOnline)
  await bob.post(`/groups/${id}/join`)
  t.match(await adaEar.next('group:member-joined', ({ user }) => user.id === bob.id), { user: { isOnline: true } })
  await ada.say(id, 'marker')
  await catEar.next('message:new')
  t.match(catEar.all('group:member-joined'), [
    { conversationId: id, user: { id: bob.id, isOnline: false, lastActive: null } },
  ])
  t.same(catEar.all('user:online'), [])

  await t.test('and hears of the leaving', async t => {
    await bob.post(`/groups/${id}/leave`)
    t.match(await catEar.next('group:member-left'), { conversationId: id, userId: bob.id })
  })
})

t.test('the last member may leave, and anyone may join what is left', async t => {
  const { id } = await found(ada, 'Ghost town')
  await ada.post(`/groups/${id}/leave`)
  t.equal(await countOf(id), 0)
  t.match(await bob.post(`/groups/${id}/join`), { status: 200, body: { conversation: { id } } })
  t.equal(await countOf(id), 1)
})

t.test('a joining that fails otherwise is a fault of the server\'s own', async t => {
  const { id } = await found(ada, 'Broken')
  await server.sql(`ALTER TABLE participants ADD CONSTRAINT not_here CHECK (conversation_id <> '${id}') NOT VALID`)
  t.match(await bob.post(`/groups/${id}/join`), { status: 500, body: { code: 'INTERNAL' } })
  await server.sql('ALTER TABLE participants DROP CONSTRAINT not_here')
  t.equal((await bob.post(`/groups/${id}/join`)).status, 200)
})

t.test('a group that is full takes nobody more', async t => {
  const { id } = await found(ada, 'Crowd')
  await server.sql('UPDATE conversations SET member_count = 99998 WHERE id = $1', [id])
  const people = await server.signInMany(20)
  const answers = await Promise.all(people.map(person => person.post(`/groups/${id}/join`)))
  t.equal(answers.filter(({ status }) => status === 200).length, 2)
  t.equal(answers.filter(({ status, body }) => status === 409 && body.code === 'GROUP_FULL').length, 18)
  t.equal((await rowsOf(id)).length, 3)
  t.equal((await ada.post(`/groups/${id}/join`)).status, 200, 'who is in it may say so again')
  await ada.post(`/groups/${id}/leave`)
  const refused = people[answers.findIndex(({ status }) => status === 409)]!
  t.equal((await refused.post(`/groups/${id}/join`)).status, 200, 'and who leaves makes room')
})
