/** What several nodes do at the same moment. */
import pg from 'pg'
import t from 'tap'
import { call, createDatabase, createFolder, type Person, type TestServer } from '../helper.ts'
import { startRedis, withoutRedis } from '../redis.ts'
import { spawnServer } from '../server-process.ts'
import { at, startNodes } from './helper.ts'

const rounds = process.env.FAULTS === 'full' ? 1_000 : 100

t.test('five nodes that start at once on an empty database migrate it once', async t => {
  const databaseUrl = await createDatabase(t, { template: 'template0' })
  const DATA_DIR = await createFolder(t)
  const servers = Array.from({ length: 5 }, () => spawnServer(t, { DATABASE_URL: databaseUrl, DATA_DIR, JWT_SECRET: 'of all nodes'.repeat(3) }))
  const urls = await Promise.all(servers.map(server => server.ready()))
  for (const url of urls) t.equal((await call(`${url}/health/ready`, 'GET')).status, 200)
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const { rows: migrations } = await client.query('SELECT hash FROM drizzle.__drizzle_migrations')
  t.equal(new Set(migrations.map(({ hash }) => hash)).size, migrations.length)
  t.equal((await client.query("SELECT FROM conversations WHERE type = 'group'")).rowCount, 5)
  await client.end()
  for (const server of servers) t.equal((await server.stop()).code, 0)
})

t.test('a send that races with a removal at another node is before it or refused', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  const [here, there] = await startNodes(t, 2, { REDIS_URL: redis.url }) as [TestServer, TestServer]
  const [ada, bob] = await here.signInMany(2) as [Person, Person]
  const { id } = (await ada.post('/groups', { name: 'Door' })).body.group
  const ear = await at(there, bob).connect()
  let stored = 0
  for (let round = 0; round < rounds; round++) {
    await bob.post(`/groups/${id}/join`)
    const [sent, left] = await Promise.all([
      at(there, bob).post(`/conversations/${id}/messages`, { text: String(round) }),
      bob.post(`/groups/${id}/leave`),
    ])
    t.equal(left.status, 200)
    if (sent.status === 201) stored++
    else t.equal(sent.status, 404)
  }
  await ada.say(id, 'after all')

  // Each change has the conversation's next version, in the order of the commits.
  const versionsOf = (name: string) => ear.all(name).map(({ version }) => version as number).sort((a, b) => a - b)
  const [joins, leaves] = [versionsOf('group:member-joined'), versionsOf('group:member-left')]
  t.same([joins.length, leaves.length], [rounds, rounds])
  const sent = await here.sql<{ version: number }>('SELECT version::int FROM messages WHERE sender_id = $1', [bob.id])
  t.equal(sent.length, stored)
  t.same(sent.filter(({ version }) => !joins.some((join, i) => join < version && version < leaves[i]!)), [], 'nobody wrote who was not in it')
  t.same(ear.all('message:new').filter(({ message }) => message.text === 'after all'), [])
  t.comment({ rounds, before: stored, refused: rounds - stored })
})
