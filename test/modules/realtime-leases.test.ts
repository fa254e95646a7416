import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { createDatabase, startServer, until, type Person } from '../support/server.ts'

const server = await startServer(t)
const isOnline = async (person: Person) =>
  (await server.sql('SELECT is_online FROM users WHERE id = $1', [person.id]))[0].is_online
const leasesOf = async (person: Person) =>
  (await server.sql('SELECT node_id AS id FROM presence WHERE user_id = $1', [person.id])).map(row => row.id)
const signInTwo = async () => await server.signInMany(2) as [Person, Person]

/** What a node that crashed so many seconds ago has left in the database. */
async function crashedNode (secondsAgo: number, ...people: Person[]): Promise<string> {
  const id = randomUUID()
  await server.sql('INSERT INTO nodes VALUES ($1, now())', [id])
  for (const person of people) {
    await server.sql('INSERT INTO presence (user_id, node_id) VALUES ($1, $2)', [person.id, id])
    await server.sql('UPDATE users SET is_online = true WHERE id = $1', [person.id])
  }
  // Last: from here on it may be swept at any moment.
  await server.sql('UPDATE nodes SET renewed_at = now() - make_interval(secs => $2) WHERE id = $1', [id, secondsAgo])
  return id
}

t.test('nodes come and go, side by side', { jobs: 8 }, async t => {
  await Promise.all([
    t.test('the lease of a running node is renewed, and ends soon when it stops', async t => {
      const second = await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })
      const [ada] = await signInTwo()
      const ear = await second.connect(ada.token)
      await until(() => isOnline(ada))
      const [node] = await leasesOf(ada)
      const gone = ear.gone()
      await second.app.close()
      t.match(await gone, /^transport/)
      const [{ age }] = await server.sql(
        'SELECT extract(epoch FROM now() - renewed_at)::float AS age FROM nodes WHERE id = $1', [node]
      )
      t.ok(age >= 10 && age < 15, `${age} s old: time to come back on another node`)
      t.equal(await isOnline(ada), true, 'no absence yet')

      await t.test('who comes back on another node in time was never away', async t => {
        const bob = await server.signIn()
        await ada.talkTo(bob)
        const ear = await bob.connect()
        await ada.connect()
        await until(async () => (await leasesOf(ada)).length === 1 && !(await leasesOf(ada)).includes(node), 25_000)
        await bob.talkTo(await server.signIn())
        t.same(ear.heard.filter(({ name }) => name.startsWith('user:')), [])
        t.equal(await isOnline(ada), true)
      })
    }),

    t.test('the people of a crashed node are offline within 30 s, and their contacts hear it', async t => {
      const [ada, bob] = await signInTwo()
      const elsewhere = await server.signIn()
      await ada.talkTo(bob)
      const ear = await bob.connect()
      await elsewhere.connect()
      await until(() => isOnline(elsewhere))
      const node = await crashedNode(16, ada, elsewhere)
      t.match(await ear.next('user:offline'), { userId: ada.id, lastActive: String })
      t.equal(await isOnline(ada), false)
      t.equal(await isOnline(elsewhere), true, 'but not who is connected elsewhere too')
      t.same(await server.sql('SELECT FROM nodes WHERE id = $1', [node]), [])
    }),

    t.test('a node that is merely late keeps its people', async t => {
      const [ada, bob] = await signInTwo()
      const late = await crashedNode(-60, ada)
      const node = await crashedNode(16, bob)
      await until(async () => (await server.sql('SELECT FROM nodes WHERE id = $1', [node])).length === 0)
      t.equal(await isOnline(bob), false)
      t.equal(await isOnline(ada), true)
      await server.sql('DELETE FROM nodes WHERE id = $1', [late])
    }),

    t.test('a node that was swept while frozen lists its people again', async t => {
      const [ada, bob] = await signInTwo()
      await ada.talkTo(bob)
      const ear = await bob.connect()
      await ada.connect()
      await ear.next('user:online')
      const [node] = await leasesOf(ada)
      // What another node's sweep does.
      await server.sql('DELETE FROM nodes WHERE id = $1', [node])
      await server.sql('UPDATE users SET is_online = false WHERE id = $1', [ada.id])
      await until(() => ear.all('user:online').length === 2)
      t.same(await leasesOf(ada), [node])
      t.equal(await isOnline(ada), true)
    }),
  ])
})

t.test('a node that starts sweeps what a crash has left', async t => {
  const [ada] = await signInTwo()
  await crashedNode(60, ada)
  await startServer(t, { DATABASE_URL: server.databaseUrl })
  t.equal(await isOnline(ada), false)
})

t.test('a database that lacks a table ends the start', async t => {
  const databaseUrl = await createDatabase(t)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('DROP TABLE nodes CASCADE')
  await client.end()
  await t.rejects(startServer(t, { DATABASE_URL: databaseUrl }), {
    cause: { message: 'relation "nodes" does not exist' },
  })
})
