import t from 'tap'
import { startServer, type Person } from '../support/server.ts'
import type { Message } from '../../src/modules/messages/schemas.ts'

const server = await startServer(t)
const [ada, bob] = await server.signInMany(2) as [Person, Person]
const { id } = await ada.talkTo(bob)
const said: Message[] = []
for (let n = 1; n <= 12; n++) said.push(await (n % 3 ? ada : bob).say(id, `number ${n}`))
await ada.delete(`/messages/${said[4]!.id}?for=everyone`)
await bob.delete(`/messages/${said[7]!.id}?for=self`)
const seqsOf = (messages: Message[]) => messages.map(message => message.seq)

t.test('history comes newest first, page by page, complete and without repeats, without what is deleted', async t => {
  for (const [
    person, seqs,
  ] of [[ada, [12, 11, 10, 9, 8, 7, 6, 4, 3, 2, 1]], [bob, [12, 11, 10, 9, 7, 6, 4, 3, 2, 1]]] as const) {
    for (const limit of [1, 3, 10, 11, 100]) {
      const pages: Message[][] = []
      for (let query = `?limit=${limit}`; ;) {
        const { status, body } = await person.get(`/conversations/${id}${query}`)
        t.equal(status, 200)
        pages.push(body.messages)
        t.equal(body.conversation.id, id)
        t.equal(body.hasMore, body.nextCursor !== null)
        if (!body.hasMore) break
        t.equal(body.nextCursor, body.messages.at(-1).id, 'the cursor is the oldest message seen')
        query = `?limit=${limit}&cursor=${body.nextCursor}`
      }
      t.same(seqsOf(pages.flat()), seqs, `in pages of ${limit}`)
      t.equal(pages.length, Math.ceil(seqs.length / limit))
    }
  }
})

t.test('a page stays where it was when messages come in between', async t => {
  const [cem, dee] = await server.signInMany(2) as [Person, Person]
  const { id } = await cem.talkTo(dee)
  for (let n = 1; n <= 4; n++) await cem.say(id, `${n}`)
  const first = (await dee.get(`/conversations/${id}?limit=2`)).body
  await cem.say(id, '5')
  await cem.delete(`/messages/${first.nextCursor}?for=everyone`)
  const second = (await dee.get(`/conversations/${id}?limit=2&cursor=${first.nextCursor}`)).body
  t.same([seqsOf(first.messages), seqsOf(second.messages)], [[4, 3], [2, 1]])
})

t.test('a cursor of another conversation, or of none, is a 400', async t => {
  const cem = await server.signIn()
  const other = await ada.talkTo(cem)
  const elsewhere = await ada.say(other.id, 'elsewhere')
  for (const cursor of [elsewhere.id, '00000000-0000-7000-8000-000000000000', id]) {
    const { status, body } = await ada.get(`/conversations/${id}?cursor=${cursor}`)
    t.equal(status, 400)
    t.match(body, { code: 'VALIDATION_FAILED', message: 'The cursor is not a message of this conversation.' })
  }
})

t.test('looking marks everything as read, unless it pages back or says that it does not', async t => {
  const [cem, dee] = await server.signInMany(2) as [Person, Person]
  const { id } = await cem.talkTo(dee)
  const cemsPhone = await cem.connect()
  const messages = [await cem.say(id, 'one'), await cem.say(id, 'two')]
  const unread = async () => (await dee.get('/conversations')).body.conversations[0].unreadCount

  for (const query of ['?markRead=false', `?cursor=${messages[1]!.id}`, `?cursor=${messages[1]!.id}&markRead=true`]) {
    t.match((await dee.get(`/conversations/${id}${query}`)).body.conversation, {
      unreadCount: 2, lastReadAt: null,
    }, query)
  }
  const headers = { authorization: `Bearer ${dee.token}` }
  const head = await fetch(`${server.url}/api/v1/conversations/${id}`, { method: 'HEAD', headers })
  t.equal(head.status, 200)
  t.equal(await unread(), 2, 'whoever asks for the head has seen nothing')

  const { body } = await dee.get(`/conversations/${id}`)
  t.match(body.conversation, { unreadCount: 0, lastReadAt: String, lastMessage: { status: 'read' } })
  t.same(body.messages.map((message: Message) => message.status), ['read', 'read'])
  t.equal(await unread(), 0)
  t.same(await cemsPhone.next('message:status'), {
    conversationId: id,
    version: body.conversation.version,
    messageId: messages[1]!.id,
    seq: 2,
    status: 'read',
    userId: dee.id,
  })

  t.same((await dee.get(`/conversations/${id}?markRead=true`)).body, body, 'a second look changes nothing')
  await cem.say(id, 'three')
  await cemsPhone.next('message:new', ({ message }) => message.text === 'three')
  t.equal(cemsPhone.all('message:status').length, 1)
})

t.test('looking at an empty conversation reads nothing', async t => {
  const [cem, dee] = await server.signInMany(2) as [Person, Person]
  const { id } = await cem.talkTo(dee)
  const { body } = await dee.get(`/conversations/${id}`)
  t.match(body, { conversation: { version: 1, lastReadAt: null }, messages: [], nextCursor: null, hasMore: false })
})

t.test('a range of numbers comes in ascending order, deleted messages included without their content', async t => {
  const before = await server.sql('SELECT * FROM participants')
  const range = async (query: string, person = ada) => (await person.get(`/conversations/${id}/messages${query}`)).body

  for (const [query, seqs, hasMore] of [
    ['', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], false],
    ['?limit=3', [10, 11, 12], true],
    ['?limit=12', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], false],
    ['?afterSeq=0&limit=2', [1, 2], true],
    ['?afterSeq=9', [10, 11, 12], false],
    ['?afterSeq=12', [], false],
    ['?afterSeq=9007199254740991', [], false],
    ['?beforeSeq=4', [1, 2, 3], false],
    ['?beforeSeq=4&limit=2', [2, 3], true],
    ['?beforeSeq=0', [], false],
    ['?afterSeq=3&beforeSeq=7', [4, 5, 6], false],
    ['?afterSeq=3&beforeSeq=7&limit=2', [4, 5], true],
    ['?afterSeq=7&beforeSeq=3', [], false],
  ] as Array<[string, number[], boolean]>) {
    const body = await range(query)
    t.same([seqsOf(body.messages), body.hasMore], [seqs, hasMore], query)
  }

  const { messages: [gone, , , hidden] } = await range('?afterSeq=4&beforeSeq=9', bob)
  t.match(gone, {
    ...said[4], text: null, imageUrl: null, version: Number, status: String, deletedAt: String, deletedFor: 'everyone',
  })
  t.match(hidden, { seq: 8, text: null, imageUrl: null, deletedAt: String, deletedFor: 'self' })
  t.match((await range('?afterSeq=7&limit=1')).messages, [
    { seq: 8, text: 'number 8', deletedAt: null, deletedFor: null },
  ], 'the other side still sees it')
  t.same(await server.sql('SELECT * FROM participants'), before, 'and reading so has no side effect')
})
