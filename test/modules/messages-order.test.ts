import t from 'tap'
import { startServer, type Person } from '../support/server.ts'

const server = await startServer(t)

interface Row { seq: string, version: string, created_at: Date, sender_id: string }
const rowsOf = (id: string) => server.sql<Row>(
  'SELECT seq, version, created_at, sender_id FROM messages WHERE conversation_id = $1 ORDER BY seq', [id]
)

async function createGroup (size: number) {
  const people = await server.signInMany(size)
  const { id } = (await people[0]!.post('/groups', { name: 'Chess' })).body.group as { id: string }
  await Promise.all(people.slice(1).map(person => person.post(`/groups/${id}/join`)))
  return { people, id }
}

t.test('200 sends at once are numbered 1 to 200 without a gap, heard in order, and time does not go back', async t => {
  const { people, id } = await createGroup(5)
  const [ear, ...sockets] = await Promise.all(people.map(person => person.connect()))
  const answers = await Promise.all(Array.from({ length: 200 }, async (_, i) => i % 2
    ? (await sockets[i % 4]!.ask('message:send', { conversationId: id, text: `${i}` })).message
    : (await people[i % 5]!.post(`/conversations/${id}/messages`, { text: `${i}` })).body.message))

  const expected = Array.from({ length: 200 }, (_, i) => i + 1)
  const rows = await rowsOf(id)
  t.same(rows.map(row => Number(row.seq)), expected)
  t.same(answers.map(message => message.seq).sort((a, b) => a - b), expected, 'each answer names its number')
  const versions = rows.map(row => Number(row.version))
  t.same(versions, expected.map(seq => versions[0]! + seq - 1), 'and each is one version more')
  t.ok(rows.every((row, i) => i === 0 || rows[i - 1]!.created_at <= row.created_at))
  t.equal(new Set(answers.map(message => message.id)).size, 200)

  for (const version of versions) await ear!.next('message:new', event => event.version === version)
  t.equal(ear!.all('message:new').length, 200)
  t.match((await people[0]!.get('/conversations')).body.conversations[0], {
    lastSeq: 200, version: versions.at(-1), unreadCount: rows.filter(row => row.sender_id !== people[0]!.id).length,
  })
})

t.test('sends that fail in between use up no number', async t => {
  const { people: [ada, bob], id } = await createGroup(2)
  const stranger = await server.signIn()
  const path = `/conversations/${id}/messages`
  const sends: Array<Promise<{ status: number }>> = []
  for (let i = 0; i < 20; i++) {
    sends.push(
      ada!.post(path, { text: `${i}` }),
      bob!.post(path, { text: `${i}`, imageUrl: 'https://example.com/a.png' }),
      stranger.post(path, { text: `${i}` }),
      bob!.post(path, { text: 'always', clientMessageId: '01980000-0000-7000-8000-00000000000a' }),
      bob!.post(path, { text: `${i}`, clientMessageId: '01980000-0000-7000-8000-00000000000a' })
    )
  }
  const counts = Map.groupBy(await Promise.all(sends), answer => answer.status)
  t.same([...counts.keys()].sort(), [200, 201, 400, 404, 409].filter(status => counts.has(status)))
  t.same((await rowsOf(id)).map(row => Number(row.seq)), Array.from({ length: 21 }, (_, i) => i + 1))
})

t.test('a send that races with leaving is stored before it, or refused', async t => {
  const { people: [ada, bob], id } = await createGroup(2)
  const ear = await ada!.connect()
  let stored = 0
  let refused = 0
  for (let i = 0; i < 25; i++) {
    const [sent, left] = await Promise.all([
      bob!.post(`/conversations/${id}/messages`, { text: `${i}` }),
      bob!.post(`/groups/${id}/leave`),
    ])
    t.equal(left.status, 200)
    const leave = await ear.next('group:member-left', ({ version }) => version > i * 2)
    ear.heard.splice(ear.heard.findIndex(event => event.payload === leave), 1)
    if (sent.status === 201) {
      stored++
      t.ok(sent.body.message.version < leave.version, 'stored before leaving')
    } else {
      refused++
      t.match(sent, { status: 404, body: { code: 'NOT_FOUND' } })
    }
    await bob!.post(`/groups/${id}/join`)
  }
  t.equal(stored + refused, 25)
  t.same((await rowsOf(id)).map(row => Number(row.seq)), Array.from({ length: stored }, (_, i) => i + 1))
})

t.test('a send that races with a block is stored or refused, and after the block nothing is', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  let stored = 0
  for (let i = 0; i < 8; i++) {
    const [sent] = await Promise.all([
      ada.post(`/conversations/${id}/messages`, { text: `${i}` }),
      bob.patch(`/conversations/${id}`, { isBlocked: true }),
    ])
    t.ok(sent.status === 201 || sent.body.code === 'BLOCKED')
    if (sent.status === 201) stored++
    t.equal((await ada.post(`/conversations/${id}/messages`, { text: 'late' })).status, 403)
    await bob.patch(`/conversations/${id}`, { isBlocked: false })
  }
  t.equal((await rowsOf(id)).length, stored)
})
