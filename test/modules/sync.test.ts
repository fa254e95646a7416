import t from 'tap'
import { startServer, type Person } from '../support/server.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const conversation = await ada.talkTo(bob)
  return { ada, bob, id: conversation.id, version: conversation.version }
}

const sync = async (person: Person, conversations: Record<string, number>, ownVersion?: number) => {
  const { status, body } = await person.post('/sync', { conversations, ownVersion })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body
}

t.test('who knows nothing gets every conversation with its newest messages', async t => {
  const { ada, bob, id } = await openPair()
  const said = [await ada.say(id, 'one'), await bob.say(id, 'two')]
  const group = (await ada.post('/groups', { name: 'Chess' })).body.group
  const { changed, left, ownVersion } = await sync(ada, {})
  const { conversations } = (await ada.get('/conversations')).body
  t.same(changed, [
    { conversation: conversations[0], messages: [], limited: false },
    { conversation: conversations[1], messages: said, limited: false },
  ])
  t.same(conversations.map((conversation: { id: string }) => conversation.id), [group.id, id])
  t.same([left, ownVersion], [[], 0])
})

t.test('who knows everything gets nothing, and who knows too much as well', async t => {
  const { ada, id } = await openPair()
  const { version } = await ada.say(id, 'one')
  for (const seen of [version, version + 1, Number.MAX_SAFE_INTEGER]) {
    t.same(await sync(ada, { [id]: seen }, 0), {
      changed: [], left: [], own: { conversations: [], profile: null }, ownVersion: 0,
    })
  }
})

t.test('only what changed since comes, in the order of the changes', async t => {
  const { ada, bob, id, version } = await openPair()
  const other = await ada.talkTo(await server.signIn())
  const said = [await ada.say(id, 'one'), await ada.say(id, 'two'), await bob.say(id, 'three')]
  const { changed } = await sync(bob, { [id]: said[0]!.version })
  t.same(changed[0].messages, said.slice(1))
  t.same(changed.map((change: any) => change.conversation.id), [id], 'nothing of other people\'s conversations')
  t.same((await sync(ada, { [id]: said[2]!.version, [other.id]: other.version })).changed, [])

  await ada.delete(`/messages/${said[0]!.id}?for=everyone`)
  const late = (await sync(bob, { [id]: version })).changed[0]
  t.same(late.messages.map((message: any) => message.seq), [2, 3, 1])
  t.match(late, { limited: false, conversation: { version: said[2]!.version + 1, lastSeq: 3 } })
})

t.test('a deleted message comes as what is needed to remove it, and no more', async t => {
  const { ada, bob, id, version } = await openPair()
  const message = await ada.say(id, 'SECRET', '01980000-0000-7000-8000-00000000000a')
  await ada.delete(`/messages/${message.id}?for=everyone`)
  for (const given of [{ [id]: version }, { [id]: message.version }, {}]) {
    const { changed: [{ messages }] } = await sync(bob, given)
    t.equal(messages.length, 1)
    t.same(Object.keys(messages[0]), ['id', 'seq', 'version', 'deletedAt', 'deletedFor'])
    t.match(messages[0], {
      id: message.id, seq: 1, version: message.version + 1, deletedAt: /Z$/, deletedFor: 'everyone',
    })
  }
})

t.test('the other side\'s reading shows up in the newest message that it covers', async t => {
  const { ada, bob, id } = await openPair()
  const said = [
    await ada.say(id, 'one'), await ada.say(id, 'two'), await bob.say(id, 'three'), await ada.say(id, 'four'),
  ]
  await bob.post(`/messages/${said[2]!.id}/read`)
  const { changed: [change] } = await sync(ada, { [id]: said[3]!.version })
  t.same(change.messages, [{ ...said[1], status: 'read' }])
  t.equal(change.conversation.version, said[3]!.version + 1)

  await ada.delete(`/messages/${said[1]!.id}?for=everyone`)
  t.match((await sync(ada, { [id]: said[3]!.version })).changed[0].messages, [
    { seq: 1, status: 'read' }, { seq: 2, deletedFor: 'everyone' },
  ])
})

t.test('conversations one is no longer in, never was in, or that never existed are left', async t => {
  const { ada, bob, id, version } = await openPair()
  const [theirs, gone, nobodys] = [
    (await bob.post('/groups', { name: 'Bob\'s' })).body.group.id,
    (await ada.post('/groups', { name: 'Chess' })).body.group.id, '00000000-0000-7000-8000-000000000000',
  ]
  await ada.post(`/groups/${gone}/leave`)
  const { changed, left } = await sync(ada, { [id]: version, [theirs]: 1, [gone]: 1, [nobodys]: 1 })
  t.same(changed, [])
  t.same(left.toSorted(), [theirs, gone, nobodys].toSorted())

  await ada.post(`/groups/${gone}/join`)
  t.match(await sync(ada, { [gone]: 1, [id]: version }), {
    changed: [{ conversation: { id: gone } }], left: [],
  }, 'a return is a change')
})

t.test('upper case in an id makes no difference', async t => {
  const { ada, id, version } = await openPair()
  const message = await ada.say(id, 'one')
  t.same((await sync(ada, { [id.toUpperCase()]: message.version })).changed, [])
  const { changed, left } = await sync(ada, { [id.toUpperCase()]: version, '00000000-0000-7000-8000-00000000000A': 1 })
  t.same(changed[0].messages, [message])
  t.same(left, ['00000000-0000-7000-8000-00000000000a'])
})

t.test('with `ownVersion`, what the same person did elsewhere is a change too', async t => {
  const { ada, bob, id } = await openPair()
  const group = (await bob.post('/groups', { name: 'Chess' })).body.group
  await ada.post(`/groups/${group.id}/join`)
  const said = [await bob.say(group.id, 'e4'), await bob.say(group.id, 'd4')]
  const { conversation: { version } } = (await ada.get(`/conversations/${group.id}?markRead=false`)).body
  const direct = (await ada.get(`/conversations/${id}`)).body.conversation.version
  const given = { [group.id]: version, [id]: direct }
  let { ownVersion } = await sync(ada, given)
  const changes = async () => {
    const answer = await sync(ada, given, ownVersion)
    t.ok(answer.ownVersion > ownVersion!)
    t.same((await sync(ada, given)).changed, [], 'but not without')
    ownVersion = answer.ownVersion
    t.same((await sync(ada, given, ownVersion)).changed, [], 'nor again')
    return answer.changed
  }

  await ada.patch(`/conversations/${id}`, { isMuted: true })
  t.match(await changes(), [{ conversation: { id, isMuted: true }, messages: [], limited: false }])
  await ada.post(`/messages/${said[0]!.id}/read`)
  t.match(await changes(), [{ conversation: { id: group.id, unreadCount: 1, version }, messages: [] }])
  await ada.delete(`/messages/${said[0]!.id}?for=self`)
  const hidden = await changes()
  t.match(hidden, [
    {
      conversation: { id: group.id, version },
      messages: [{ id: said[0]!.id, deletedFor: 'self', deletedAt: String, version: said[0]!.version }],
    },
  ])
  t.same(Object.keys(hidden[0].messages[0]), ['id', 'seq', 'version', 'deletedAt', 'deletedFor'])
  t.same(
    (await sync(bob, { [group.id]: version }, 0)).changed.filter((change: any) => change.conversation.id === group.id),
    [],
    'nobody else sees it'
  )
})

t.test('a block is a change for both sides', async t => {
  const { ada, bob, id, version } = await openPair()
  await ada.patch(`/conversations/${id}`, { isBlocked: true })
  t.match((await sync(ada, { [id]: version })).changed, [
    { conversation: { isBlocked: true, version: version + 1, otherUser: { isOnline: false, lastActive: null } } },
  ])
  t.match((await sync(bob, { [id]: version })).changed, [
    { conversation: { isBlocked: false, version: version + 1, otherUser: { isOnline: false, lastActive: null } } },
  ])
})

t.test('anything but a map of ids to versions is a 400', async t => {
  const { ada, id } = await openPair()
  for (const json of [
    undefined, {}, [], { conversations: [] }, { conversations: null }, { conversations: [id] },
    { conversations: { [id]: -1 } }, { conversations: { [id]: 1.5 } },
    { conversations: { [id]: '1' } }, { conversations: { [id]: null } }, { conversations: { [id]: 2 ** 53 } },
    { conversations: { x: 1 } }, { conversations: { '': 1 } },
    { conversations: { ['-'.repeat(36)]: 1 } }, { conversations: { ['0'.repeat(36)]: 1 } },
    { conversations: { [`${id}\n`]: 1 } }, { conversations: { [`{${id}}`]: 1 } },
    { conversations: {}, ownVersion: -1 },
    { conversations: {}, ownVersion: '1' }, { conversations: {}, since: 1 },
    {
      conversations: Object.fromEntries(
        Array.from({ length: 5001 }, (_, i) => [`00000000-0000-7000-8000-${String(i).padStart(12, '0')}`, 1])
      ),
    },
  ]) {
    const { status, body } = await ada.post('/sync', json)
    t.equal(status, 400, JSON.stringify(json)?.slice(0, 80))
    t.match(body, { code: 'VALIDATION_FAILED' })
  }
})

t.test('one\'s own side of conversations comes with what changed in it', async t => {
  const { ada, bob, id } = await openPair()
  const { id: other } = await ada.talkTo(await server.signIn())
  const { ownVersion } = await sync(ada, {})
  await bob.say(id, 'one')
  await ada.patch(`/conversations/${id}`, { isMuted: true })
  await ada.post(`/messages/${(await bob.say(id, 'two')).id}/read`)
  await bob.say(id, 'three')
  const { own, changed } = await sync(ada, { [other]: 1 }, ownVersion)
  t.same(own, {
    conversations: [{
      conversationId: id,
      isMuted: true,
      isBlocked: false,
      unreadCount: 1,
      lastReadSeq: 2,
      lastReadAt: changed[0].conversation.lastReadAt,
    }],
    profile: null,
  })
  t.same((await sync(ada, {})).own, { conversations: [], profile: null }, 'without a version, nothing')
})

t.test('one\'s own profile comes when it changed, and other devices are told to ask', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const ear = await ada.connect()
  const stranger = await bob.connect()
  const { ownVersion } = await sync(ada, {})
  const { body: { user } } = await ada.patch('/users/me', { bio: 'Notes on the engine.' })
  t.same(await ear.next('sync:required'), {})
  const { own, ownVersion: next } = await sync(ada, {}, ownVersion)
  t.same(own, { conversations: [], profile: user })
  t.ok(next > ownVersion)
  t.same((await sync(ada, {}, next)).own.profile, null)
  t.same((await sync(bob, {}, 0)).own.profile, null)

  await ada.patch('/users/me', { bio: null })
  await bob.patch('/users/me', { bio: 'Another.' })
  await stranger.next('sync:required')
  t.equal(stranger.all('sync:required').length, 1, 'nobody else is')
})
