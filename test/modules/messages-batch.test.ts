import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createMessageWriter } from '../../src/modules/messages/public.ts'
import { startServer, until, type Person } from '../support/server.ts'
import { waiting, whileLocked } from '../support/modules/collide.ts'

const server = await startServer(t)

/**
 * Sends one message that waits for the conversation's row, then others that wait for its commit; returns all
 * answers.
 */
async function sendBehind (conversationId: string, sender: Person, sends: Array<[Person, object]>) {
  const send = ([person, draft]: [Person, object]) => person.post(`/conversations/${conversationId}/messages`, draft)
  return whileLocked(server, 'SELECT FROM conversations WHERE id = $1 FOR UPDATE', conversationId, async commit => {
    const first = send([sender, { text: 'first' }])
    await until(async () => (await server.sql(waiting)).length === 1)
    let arrived = 0
    server.app.server.on('request', () => { arrived++ })
    const others = sends.map(send)
    await until(() => arrived === sends.length)
    // Answered after all that came before it has been taken in.
    await sender.get('/auth/me')
    await commit()
    return Promise.all([first, ...others])
  })
}

async function openGroup () {
  const people = await server.signInMany(3) as [Person, Person, Person]
  const { id } = (await people[0].post('/groups', { name: 'Chess' })).body.group
  await people[1].post(`/groups/${id}/join`)
  return { people, id }
}

t.test('messages that wait for a commit share the next one, in the order in which they came', async t => {
  const { people: [ada, bob], id } = await openGroup()
  const answers = await sendBehind(id, ada, Array.from({ length: 20 }, (_, i) => [i % 2 ? ada : bob, { text: `${i}` }]))
  t.ok(answers.every(({ status }) => status === 201))
  const rows = await server.sql(
    'SELECT seq::int, text, xmin::text AS transaction FROM messages WHERE conversation_id = $1 ORDER BY seq', [id]
  )
  t.same(rows.map(({ seq }) => seq), Array.from({ length: 21 }, (_, i) => i + 1))
  t.equal(new Set(rows.map(({ transaction }) => transaction)).size, 2)
  for (const { body: { message } } of answers) t.equal(rows[message.seq - 1].text, message.text)
})

t.test('of those that share a commit, one that breaks a rule fails alone', async t => {
  const { people: [ada, bob, stranger], id } = await openGroup()
  const clientMessageId = '01980000-0000-7000-8000-00000000000a'
  const answers = await sendBehind(id, ada, [
    [bob, { text: 'good' }],
    [bob, { imageUrl: 'https://example.com/unknown.png' }],
    [stranger, { text: 'smuggled' }],
    [bob, { text: 'twice', clientMessageId }],
    [bob, { text: 'twice', clientMessageId }],
    [ada, { text: 'twice', clientMessageId }],
    [ada, { text: 'good too' }],
  ])
  const statuses = answers.map(({ status }) => status)
  t.same(statuses.slice(0, 4), [201, 201, 400, 404])
  t.same(statuses.slice(4, 6).sort(), [200, 201])
  t.same(statuses.slice(6), [201, 201])
  t.same(await server.sql('SELECT last_seq::int FROM conversations WHERE id = $1', [id]), [{ last_seq: 5 }])
})

t.test('when too many wait, one more is a 503, and those that wait are stored', async t => {
  const { people: [ada], id: conversationId } = await openGroup()
  const writer = createMessageWriter(server.app.db.$client)
  const draft = { conversationId, senderId: ada.id, text: 'text', imageUrl: null, clientMessageId: null }
  const write = () => writer({ ...draft, id: randomUUID() })
  const lock = 'SELECT FROM conversations WHERE id = $1 FOR UPDATE'
  const stored = await whileLocked(server, lock, conversationId, async commit => {
    const first = write()
    await new Promise(setImmediate)
    const writes = [first, ...Array.from({ length: 1_000 }, write)]
    await t.rejects(write(), { statusCode: 503, code: 'UNAVAILABLE' })
    await commit()
    return Promise.all(writes)
  })
  t.same(stored.map(message => message!.seq), stored.map((_, i) => i + 1))
  t.match(await write(), { seq: 1_002 }, 'then there is room again')
})
