import t from 'tap'
import { startServer, type Person } from '../support/server.ts'
import { ReferenceClient, toKept } from '../support/reference-client.ts'

const server = await startServer(t)

/** Never connects, so it knows only what `/sync` has told it. */
const createClient = ({ token, id }: Person) => new ReferenceClient({ url: server.url, token, userId: id })

/** Asks until nothing remains; returns how many answers it took. */
async function catchUp (client: ReferenceClient): Promise<number> {
  const before = client.syncs
  await client.sync()
  return client.syncs - before
}

/** Messages as if they had been sent one after the other. */
async function fill (id: string, sender: Person, count: number): Promise<void> {
  await server.sql(`
    WITH c AS (
      UPDATE conversations SET last_seq = last_seq + $3::int, version = version + $3::int
      WHERE id = $1 RETURNING *
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), id, $2, last_seq - $3::int + n, version - $3::int + n, 'n'
    FROM c, generate_series(1, $3::int) n`, [id, sender.id, count])
}

async function allMessages (person: Person, id: string) {
  const messages = []
  for (let seq = 0; ;) {
    const { body } = await person.get(`/conversations/${id}/messages?afterSeq=${seq}&limit=100`)
    messages.push(...body.messages)
    if (!body.hasMore) return messages.map(toKept)
    seq = body.messages.at(-1).seq
  }
}

t.test('350 missed messages come in pages of 100, in order of version, each once, until none remains', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const client = createClient(bob)
  await catchUp(client)
  await fill(id, ada, 350)
  const messages = await allMessages(bob, id)
  // What changes again moves to the end of the line.
  for (const seq of [7, 180]) await ada.delete(`/messages/${messages[seq - 1]!.id}?for=everyone`)
  await bob.delete(`/messages/${messages[299]!.id}?for=self`)
  await ada.patch(`/conversations/${id}`, { isMuted: true })

  const pages: number[][] = []
  for (let limited = true; limited;) {
    const { changed: [change] } = await client.syncOnce()
    limited = change!.limited
    pages.push(change!.messages.map(message => message.version))
  }
  t.same(pages.map(page => page.length), [100, 100, 100, 50])
  const versions = pages.flat()
  t.same(versions, [...new Set(versions)].sort((a, b) => a - b))
  t.same(client.messagesOf(id), await allMessages(bob, id))
  t.same((await client.syncOnce()).changed, [])
})

t.test('exactly one page is not limited', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id, version } = await ada.talkTo(bob)
  for (const [count, limited] of [[100, false], [1, true]] as const) {
    await fill(id, ada, count)
    const { body } = await bob.post('/sync', { conversations: { [id]: version } })
    t.match(body.changed, [{ limited }])
    t.equal(body.changed[0].messages.length, 100)
  }
})

t.test('a conversation that was not given comes with its newest page only', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  for (const [count, limited] of [[50, false], [13, true]] as const) {
    await fill(id, ada, count)
    const { body: { changed: [change] } } = await bob.post('/sync', { conversations: {} })
    t.equal(change.limited, limited)
    const { lastSeq } = change.conversation
    t.same(change.messages.map((message: any) => message.seq), Array.from({ length: 50 }, (_, i) => lastSeq - 49 + i))
  }
})

t.test('what was read or hidden comes beside a full page of what is new', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const old = [await bob.say(id, 'hidden later'), await bob.say(id, 'read later')]
  const client = createClient(bob)
  await catchUp(client)
  await fill(id, ada, 120)
  await ada.get(`/conversations/${id}`)
  await bob.delete(`/messages/${old[0]!.id}?for=self`)
  const { changed: [change] } = await client.syncOnce()
  t.equal(change!.limited, true)
  t.match(change!.messages.slice(0, 3), [{ seq: 1, deletedFor: 'self' }, { seq: 2, status: 'read' }, { seq: 3 }])
  t.equal(await catchUp(client), 1)
  t.same(client.messagesOf(id), await allMessages(bob, id))
})

t.test('of more than 100 changed conversations, the rest is announced, and comes when asked again', async t => {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const createGroups = (count: number) => server.sql<{ id: string }>(`
    WITH c AS (
      INSERT INTO conversations (id, type, name, member_count, updated_at)
      SELECT gen_random_uuid(), 'group', 'Group ' || n, 2, now() - make_interval(secs => n)
      FROM generate_series(1, $3::int) n RETURNING id
    ), p AS (
      INSERT INTO participants (id, conversation_id, user_id)
      SELECT gen_random_uuid(), c.id, u.id FROM c, (VALUES ($1::uuid), ($2::uuid)) u (id)
    )
    SELECT id FROM c`, [ada.id, bob.id, count])
  const groups = await createGroups(130)
  const ids = groups.map(({ id }) => id)
  await server.sql(`
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), id::uuid, $2, 1, 1, 'old' FROM unnest($1::uuid[]) id`, [ids, ada.id])
  await server.sql('UPDATE conversations SET last_seq = 1 WHERE id = ANY ($1)', [ids])
  const client = createClient(bob)
  t.equal(await catchUp(client), 2)
  t.equal(client.held.size, 130)

  const more = await createGroups(20)
  await Promise.all(groups.map(({ id }) => fill(id, ada, 1)))
  // Hidden in every one of them: some are announced only, and must be told of it all the same.
  await Promise.all(
    [...client.held.keys()].map(async id => bob.delete(`/messages/${client.messagesOf(id)[0]!.id}?for=self`))
  )
  const { changed } = await client.syncOnce()
  t.equal(changed.length, 150)
  t.same(changed.map(change => change.limited), [...Array(100).fill(false), ...Array(50).fill(true)])
  t.equal(await catchUp(client), 1)
  for (const { id } of [...groups, ...more]) t.same(client.messagesOf(id), await allMessages(bob, id))
  t.same((await client.syncOnce()).changed, [])
})
