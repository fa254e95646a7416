import t from 'tap'
import type { User } from '../../src/modules/users/schemas.ts'
import { call, startServer, until } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const unknownId = '01970000-0000-7000-8000-00000000ffff'

t.test('who founds a group is its first member, and their devices hear of it and of its messages', async t => {
  const [phone, laptop] = [await ada.connect(), await ada.connect()]
  const look = { icon: '📚', iconBg: 'bg-blue-400', about: 'One book a month.' }
  const { status, body: { group, conversation } } = await ada.post('/groups', { name: ' Book Club ', ...look })
  t.equal(status, 201)
  t.match(group, { name: 'Book Club', ...look, memberCount: 1 })
  t.same(Object.keys(group).sort(), ['about', 'createdAt', 'icon', 'iconBg', 'id', 'memberCount', 'name', 'updatedAt'])
  t.match(conversation, {
    id: group.id, type: 'group', name: 'Book Club', lastSeq: 0, unreadCount: 0, lastMessage: null, otherUser: null,
  })
  for (const device of [phone, laptop]) {
    t.same(await device.next('sync:required'), { conversationId: group.id, version: conversation.version })
  }
  await ada.say(group.id, 'Welcome')
  t.equal((await laptop.next('message:new')).conversationId, group.id)
  t.match((await ada.get('/conversations')).body.conversations, [{ id: group.id }])

  await t.test('whose name and icon may have characters of many parts', async t => {
    const icon = '👩🏽‍🚀'.repeat(10)
    const { status, body } = await ada.post('/groups', { name: 'Cafe\u0301 👨‍👩‍👧', icon })
    t.equal(status, 201)
    t.match(body.group, { name: 'Café 👨‍👩‍👧', icon })
  })

  await t.test('and only a name is needed', async t => {
    const { status, body } = await ada.post('/groups', { name: 'x' })
    t.equal(status, 201)
    t.match(body.group, { name: 'x', icon: null, iconBg: null, about: null })
  })
})

t.test('a group that cannot be is a 400 and is not founded', async t => {
  const before = await server.sql('SELECT count(*) FROM conversations')
  for (const json of [
    {}, null, [], 'x', { name: '' }, { name: '  \n' }, { name: 'x'.repeat(101) }, { name: null }, { name: 7 },
    { name: 'a\0b' }, { name: '\ud800' },
    { name: 'x', icon: '' }, { name: 'x', icon: 'x'.repeat(11) },
    { name: 'x', iconBg: 'x'.repeat(101) },
    { name: 'x', about: 'x'.repeat(1001) }, { name: 'x', about: 1 }, { name: 'x', id: unknownId },
    { name: 'x', memberCount: 9 },
  ]) {
    t.match(await ada.post('/groups', json), {
      status: 400, body: { statusCode: 400, code: 'VALIDATION_FAILED', message: String },
    }, JSON.stringify(json))
  }
  t.equal((await ada.post('/groups')).status, 400, 'nothing')
  t.same(await server.sql('SELECT count(*) FROM conversations'), before)
})

t.test('anyone signed in may look at a group, its members come in pages, each exactly once', async t => {
  const { body: { group } } = await ada.post('/groups', { name: 'Crowd' })
  const crowd = await server.signInMany(6)
  await Promise.all(crowd.map(person => person.post(`/groups/${group.id}/join`)))
  const whole = (await bob.get(`/groups/${group.id}`)).body
  t.match(whole, { group: { id: group.id, memberCount: 7 }, memberCount: 7, nextCursor: null, hasMore: false })
  t.same(whole.members.map((user: User) => user.id).sort(), [ada, ...crowd].map(person => person.id).sort())
  t.notOk('email' in whole.members[0] || 'phoneNumber' in whole.members[0], 'others see no address')

  for (const limit of [1, 3, 7]) {
    const members: User[] = []
    let page: { members: User[], nextCursor: string | null, hasMore: boolean } | undefined
    do {
      page = (await bob.get<NonNullable<typeof page>>(
        `/groups/${group.id}?limit=${limit}${page ? `&cursor=${page.nextCursor}` : ''}`
      )).body
      members.push(...page.members)
    } while (page.hasMore)
    t.same(members, whole.members, `pages of ${limit}`)
    t.equal(page.nextCursor, null)
  }
})

t.test('a member with whom there is a block shows no presence, from either side', async t => {
  const cat = await server.signIn('Cat')
  const { body: { group } } = await ada.post('/groups', { name: 'Mixed' })
  for (const person of [bob, cat]) await person.post(`/groups/${group.id}/join`)
  await Promise.all([ada.connect(), bob.connect()])
  const { id } = await ada.talkTo(bob)
  const presenceOf = async (viewer: typeof ada, seen: typeof ada) => {
    const { members } = (await viewer.get(`/groups/${group.id}`)).body
    return members.find((user: User) => user.id === seen.id).isOnline
  }
  await until(async () => await presenceOf(cat, ada) && await presenceOf(cat, bob))
  t.equal(await presenceOf(ada, bob), true)
  await ada.patch(`/conversations/${id}`, { isBlocked: true })
  t.equal(await presenceOf(ada, bob), false)
  t.equal(await presenceOf(bob, ada), false)
  t.equal(await presenceOf(cat, ada), true, 'to others all is as before')
  t.equal(await presenceOf(ada, ada), true)
})

t.test('what is no group is a 404, what is no id a 400, no token a 401', async t => {
  const { id: direct } = await ada.talkTo(bob)
  const { body: { group } } = await ada.post('/groups', { name: 'Real' })
  for (const [method, suffix] of [['GET', ''], ['POST', '/join'], ['POST', '/leave']] as const) {
    for (const id of [unknownId, direct]) {
      t.match(await ada.request(method, `/groups/${id}${suffix}`), {
        status: 404, body: { statusCode: 404, code: 'NOT_FOUND', error: 'Not Found' },
      }, `${method} ${suffix}`)
    }
    t.match(await ada.request(method, `/groups/nonsense${suffix}`), {
      status: 400, body: { code: 'VALIDATION_FAILED' },
    })
    t.match(await call(`${server.url}/api/v1/groups/${group.id}${suffix}`, method), {
      status: 401, body: { code: 'UNAUTHENTICATED' },
    })
  }
  t.match(await call(`${server.url}/api/v1/groups`, 'POST', { json: { name: 'x' } }), {
    status: 401, body: { code: 'UNAUTHENTICATED' },
  })
  t.match(await ada.get(`/groups/${group.id}?cursor=x`), { status: 400, body: { code: 'VALIDATION_FAILED' } })
  t.match(await ada.get(`/groups/${group.id}?limit=0`), { status: 400, body: { code: 'VALIDATION_FAILED' } })
  t.match(await server.sql('SELECT count(*)::int AS members FROM participants WHERE conversation_id = $1', [direct]), [
    { members: 2 },
  ], 'nobody left the direct conversation')
  t.equal((await ada.get(`/groups/${group.id.toUpperCase()}`)).status, 200, 'ids in capitals are the same ids')
})
