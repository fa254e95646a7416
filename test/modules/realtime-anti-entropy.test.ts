import { sql, type SQL } from 'drizzle-orm'
import pg from 'pg'
import t from 'tap'
import type { Database } from '../../src/db.ts'
import { forgetChanges, readChanges } from '../../src/modules/realtime/queries.ts'
import { startServer, until, type Person } from '../support/server.ts'
import { at } from '../support/nodes/nodes.ts'
import { ReferenceClient } from '../support/reference-client.ts'

// Two servers that do not know of each other: whatever happens at one is a hint lost at the other.
const here = await startServer(t)
const there = await startServer(t, { DATABASE_URL: here.databaseUrl, JWT_SECRET: here.config.JWT_SECRET })
const elsewhere = (person: Person) => at(there, person)
const within = 15_000

t.test('news that was lost is made good within 15 s, and the stories of it run side by side', { jobs: 8 }, async t => {
  await Promise.all([
    t.test('a message: those who have the conversation open are told its version', async t => {
      const [ada, bob] = await here.signInMany(2) as [Person, Person]
      const { id } = await ada.talkTo(bob)
      const ear = await bob.connect()
      const { version } = await elsewhere(ada).say(id, 'unheard')
      t.same(await ear.next('sync:required', event => event.version === version, within), {
        conversationId: id, version,
      })
      t.same(ear.all('message:new'), [])
    }),

    t.test('a client that keeps the rules then shows it', async t => {
      const [ada, bob] = await here.signInMany(2) as [Person, Person]
      const { id } = await ada.talkTo(bob)
      const client = new ReferenceClient({ url: here.url, token: bob.token, userId: bob.id })
      t.teardown(() => client.close())
      await client.connect()
      await elsewhere(ada).say(id, 'unheard')
      await until(() => client.messagesOf(id).length === 1, within)
      t.match(client.held.get(id)!.conversation, { unreadCount: 1, lastMessage: { text: 'unheard' } })
    }),

    t.test('a conversation opened: the person is told, and hears it from then on', async t => {
      const [ada, bob] = await here.signInMany(2) as [Person, Person]
      const ear = await bob.connect()
      const { id } = await elsewhere(ada).talkTo(bob)
      t.same(await ear.next('sync:required', event => event.conversationId === id, within), { conversationId: id })
      await ada.say(id, 'heard')
      t.match(await ear.next('message:new'), { message: { text: 'heard' } })
    }),

    t.test('a group left: the person is told, and hears it no more', async t => {
      const [ada, bob] = await here.signInMany(2) as [Person, Person]
      const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
      await bob.post(`/groups/${id}/join`)
      const [ear, other] = [await bob.connect(), await ada.connect()]
      await elsewhere(bob).post(`/groups/${id}/leave`)
      await ear.next('sync:required', event => event.conversationId === id && event.version === undefined, within)
      await other.next('sync:required', event => event.conversationId === id, within)
      await ada.say(id, 'among those who stayed')
      await other.next('message:new')
      t.same(ear.all('message:new'), [])
    }),

    t.test('a session ended: its sockets are closed, its token is worth nothing, with a socket or without', async t => {
      const [ada, bob] = await here.signInMany(2) as [Person, Person]
      const gone = (await ada.connect()).gone()
      t.equal((await bob.get('/auth/me')).status, 200)
      for (const person of [ada, bob]) await elsewhere(person).post('/auth/logout')
      t.equal(await gone, 'io server disconnect')
      for (const person of [ada, bob]) await until(async () => (await person.get('/auth/me')).status === 401, within)
    }),

    t.test('what only one person sees: their other devices are told', async t => {
      const [ada, bob] = await here.signInMany(2) as [Person, Person]
      const { id } = await ada.talkTo(bob)
      const [ear, other] = [await ada.connect(), await bob.connect()]
      await elsewhere(ada).patch(`/conversations/${id}`, { isMuted: true })
      t.same(await ear.next('sync:required', event => event.conversationId === undefined, within), {})
      t.same(other.all('sync:required'), [])
    }),

    t.test('what was heard is not told again', async t => {
      const [ada, bob, cat] = await here.signInMany(3) as [Person, Person, Person]
      const { id } = await ada.talkTo(bob)
      const { id: marker } = await cat.talkTo(bob)
      const ear = await bob.connect()
      const message = await ada.say(id, 'heard')
      await bob.post(`/messages/${message.id}/read`)
      await ada.delete(`/messages/${message.id}?for=everyone`)
      const { id: group } = (await ada.post('/groups', { name: 'Chess' })).body.group
      await bob.post(`/groups/${group}/join`)
      await bob.post(`/messages/${(await ada.say(group, 'read')).id}/read`)
      await bob.post(`/groups/${group}/leave`)
      await ear.next('group:member-left')
      // Told by a check that had all of the above to tell, had it not been heard.
      const { version } = await elsewhere(cat).say(marker, 'unheard')
      await ear.next('sync:required', event => event.version === version, within)
      t.same(ear.all('sync:required').filter(event => event.conversationId !== marker), [])
    }),
  ])
})

t.test('a change that commits late is read by the next check', async t => {
  const [ada, bob] = await here.signInMany(2) as [Person, Person]
  const [
    { id: slow }, { id: quick },
  ] = [await ada.talkTo(bob), (await ada.post('/groups', { name: 'Quick' })).body.group]
  const about = (changes: Array<{ conversationId: string | null, version: number | null }>, id: string) =>
    changes.filter(change => change.conversationId === id && change.version !== null)
  const client = new pg.Client({ connectionString: here.databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  const { next: since } = await readChanges(here.app.db)
  await client.query('BEGIN')
  await client.query('UPDATE conversations SET version = version + 1 WHERE id = $1', [slow])
  await ada.say(quick, 'committed first')
  const first = await readChanges(here.app.db, since)
  t.equal(about(first.changes, quick).length, 1)
  t.same(about(first.changes, slow), [])
  await client.query('COMMIT')
  const second = await readChanges(here.app.db, first.next)
  t.equal(about(second.changes, slow).length, 1)
  t.same((await readChanges(here.app.db)).changes, [], 'a node that has just started has missed nothing')
})

t.test('old changes are forgotten, and so are those that a restored backup brings from the future', async t => {
  const count = async () => Number((await here.sql('SELECT count(*) FROM changes WHERE version < 0'))[0].count)
  await here.sql(
    "INSERT INTO changes (user_id, version) SELECT '01980000-0000-7000-8000-000000000001', -1 FROM " +
      'generate_series(1, 15000)'
  )
  const { next } = await readChanges(here.app.db)
  await here.sql("INSERT INTO changes (user_id, version) VALUES ('01980000-0000-7000-8000-000000000001', -1)")
  await here.sql(
    "INSERT INTO changes (user_id, version, xid) VALUES ('01980000-0000-7000-8000-000000000001', -2, '999999999999')"
  )
  await forgetChanges(here.app.db, next)
  t.equal(await count(), 1)
})

t.test('reading them costs what changed lately, however many conversations there are', async t => {
  await here.sql('TRUNCATE changes')
  const { next } = await readChanges(here.app.db)
  await here.sql(
    'INSERT INTO changes (conversation_id, version) SELECT gen_random_uuid(), 1 FROM generate_series(1, 20)'
  )
  async function pages (): Promise<number> {
    let read = 0
    const execute = async (query: SQL) => {
      const { rows: [plan] } = await here.app.db.execute<any>(sql`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${query}`)
      read = plan['QUERY PLAN'][0].Plan['Shared Hit Blocks']
      return { rows: [] }
    }
    await readChanges({ execute } as unknown as Database, next)
    return read
  }
  await pages()
  const before = await pages()
  await here.sql(`
    WITH g AS (
      INSERT INTO conversations (id, type, name)
      SELECT gen_random_uuid(), 'group', 'Idle' FROM generate_series(1, 10000) RETURNING id
    )
    INSERT INTO changes (conversation_id, version, xid) SELECT id, 1, '3' FROM g`)
  await here.sql('VACUUM ANALYZE changes')
  const after = await pages()
  t.comment(`pages read: ${before}, with 10,000 idle conversations more: ${after}`)
  t.ok(after <= before + 3)
})
