import t from 'tap'
import { startServer, type Person } from '../support/server.ts'
import type { Conversation } from '../../src/modules/conversations/schemas.ts'

const server = await startServer(t)

async function listAll (person: Person, limit: number): Promise<Conversation[][]> {
  const pages: Conversation[][] = []
  for (let query = `limit=${limit}`; ;) {
    const { body } = await person.get(`/conversations?${query}`)
    pages.push(body.conversations)
    if (!body.hasMore) return pages
    query = `limit=${limit}&cursor=${body.nextCursor}`
  }
}

t.test('the newest activity comes first, each with its last message, other side and unread count', async t => {
  const [ada, bob, cem, dee] = await server.signInMany(4)
  const [withBob, withCem, withDee] = [await ada!.talkTo(bob!), await ada!.talkTo(cem!), await ada!.talkTo(dee!)]
  const group = (await cem!.post('/groups', { name: 'Chess' })).body.group
  await cem!.say(group.id, 'before Ada came')
  await ada!.post(`/groups/${group.id}/join`)
  await bob!.say(withBob.id, 'one')
  const last = await bob!.say(withBob.id, 'two')
  const inGroup = await cem!.say(group.id, 'Knight f3')
  const own = await ada!.say(withDee.id, 'mine')

  const { status, body } = await ada!.get('/conversations')
  t.equal(status, 200)
  t.same(body.conversations.map((c: Conversation) => c.id), [withDee.id, group.id, withBob.id, withCem.id])
  t.same(body.conversations.map((c: Conversation) => c.lastMessage), [own, inGroup, last, null])
  t.same(
    body.conversations.map((c: Conversation) => c.unreadCount),
    [0, 1, 2, 0],
    'one\'s own messages and those before joining do not count'
  )
  t.same(body.conversations.map((c: Conversation) => c.otherUser?.id), [dee!.id, undefined, bob!.id, cem!.id])
  t.match(body.conversations[1], { type: 'group', name: 'Chess', otherUser: null })
  t.match(body, { nextCursor: null, hasMore: false })

  const [fromBob] = (await bob!.get('/conversations')).body.conversations
  t.match(fromBob, { id: withBob.id, unreadCount: 0, lastMessage: last, otherUser: { id: ada!.id } })
})

t.test('paging is complete and without repeats, even where many conversations have the same time', async t => {
  const ada = await server.signIn()
  const others = await server.signInMany(11)
  const ids = await Promise.all(others.map(async other => (await ada.talkTo(other)).id))
  const moment = "'2026-01-01T00:00:00.123Z'"
  await server.sql(`UPDATE conversations SET updated_at = ${moment} WHERE id = ANY ($1)`, [ids.slice(0, 9)])
  await server.sql(`UPDATE participants SET joined_at = ${moment} WHERE conversation_id = ANY ($1)`, [ids.slice(0, 9)])

  const [whole] = await listAll(ada, 100)
  t.equal(whole!.length, 11)
  t.same(whole!.slice(2).map(c => c.id), ids.slice(0, 9).sort().reverse())
  for (const limit of [1, 4, 10, 11]) {
    const pages = await listAll(ada, limit)
    t.same(pages.flat(), whole, `in pages of ${limit}`)
    t.equal(pages.length, Math.ceil(11 / limit))
  }
})

t.test('a group that one has just joined comes first, however quiet it is', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id: quiet } = (await bob.post('/groups', { name: 'Quiet' })).body.group
  const { id: direct } = await ada.talkTo(bob)
  await ada.say(direct, 'Hello')
  await ada.post(`/groups/${quiet}/join`)
  const pages = await listAll(ada, 1)
  t.same(pages.flat().map(c => c.id), [quiet, direct])
  t.ok(pages[0]![0]!.updatedAt > pages[1]![0]!.updatedAt)
  t.same((await bob.get('/conversations')).body.conversations.map((c: Conversation) => c.id), [direct, quiet])
  const { changed } = (await ada.post('/sync', { conversations: {} })).body
  t.same(changed.map(({ conversation }: { conversation: Conversation }) => conversation), pages.flat())
})

t.test('what moves from page to page while one reads them is found by /sync', async t => {
  const ada = await server.signIn()
  const others = await server.signInMany(4)
  const ids = await Promise.all(others.map(async other => (await ada.talkTo(other)).id))
  const first = (await ada.get('/conversations?limit=2')).body
  const moved = ids.find(id => !first.conversations.some((c: Conversation) => c.id === id))!
  await ada.say(moved, 'to the top')
  const second = (await ada.get(`/conversations?limit=2&cursor=${first.nextCursor}`)).body
  const seen: Conversation[] = [...first.conversations, ...second.conversations]
  t.notOk(seen.some(({ id }) => id === moved), 'it is on no page')

  const { changed } = (await ada.post('/sync', {
    conversations: Object.fromEntries(seen.map(({ id, version }) => [id, version])),
  })).body
  t.match(changed, [{ conversation: { id: moved }, messages: [{ text: 'to the top' }] }])
  t.equal(changed.length, 1)
})

t.test('a cursor that this list has not given out is a 400', async t => {
  const ada = await server.signIn()
  const id = '01980000-0000-7000-8000-000000000001'
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const cursor of [
    '', 'x', id, encode(null), encode({}), encode([]), encode([id]), encode(['2026-01-01T00:00:00.000Z', 'x']),
    encode(['yesterday', id]),
    encode(['1', id]), encode(['2026', id]), encode([' 2026-01-01T00:00:00.000Z', id]),
    encode(['January 1 2026 (then)', id]), encode(['+275760-09-13T00:00:00.000Z', id]),
    encode(['2026-01-01T00:00:00.000Z', id, id]), encode([1, id]), encode(['Ada\0', id]), 'x'.repeat(1001),
  ]) {
    const { status, body } = await ada.get(`/conversations?cursor=${encodeURIComponent(cursor)}`)
    t.equal(status, 400, Buffer.from(cursor, 'base64url').toString())
    t.match(body, { code: 'VALIDATION_FAILED' })
  }
})
