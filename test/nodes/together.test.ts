/** What several nodes do at the same moment. */
import pg from 'pg'
import t from 'tap'
import { call, createDatabase, createDataDir, type Person, type TestServer } from '../support/server.ts'
import { startRedis, withoutRedis } from '../support/redis.ts'
import { spawnServer } from '../support/server-process.ts'
import { at, startNodes } from '../support/nodes/nodes.ts'

const rounds = process.env.FAULTS === 'full' ? 1_000 : 50

t.test('five nodes that start at once on an empty database migrate it once', async t => {
  const databaseUrl = await createDatabase(t, { template: 'template0' })
  const DATA_DIR = await createDataDir(t)
  const servers = Array.from({
    length: 5,
  }, () =>
    spawnServer(t, { DATABASE_URL: databaseUrl, DATA_DIR, JWT_SECRET: 'of all nodes'.repeat(3) }, { isCovered: false }))
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
  const answers = { stored: 0, refused: 0 }
  for (let round = 0; round < rounds; round++) {
    await bob.post(`/groups/${id}/join`)
    const [{ version }] = await here.sql('SELECT version::int FROM conversations WHERE id = $1', [id])
    const [sent] = await Promise.all([
      at(there, bob).post(`/conversations/${id}/messages`, { text: String(round) }),
      bob.post(`/groups/${id}/leave`),
    ])
    if (sent.status === 404) answers.refused++
    else if (sent.body.message.version === version + 1) answers.stored++
    else t.fail(`sent after leaving, as ${sent.status} ${JSON.stringify(sent.body)}`)
  }
  t.comment(answers)
  t.equal((await here.sql('SELECT FROM messages WHERE conversation_id = $1', [id])).length, answers.stored)
  await ada.say(id, 'after all')
  await ada.talkTo(bob)
  await ear.next('sync:required')
  t.same(
    ear.all('message:new').filter(({ message }) => message.text === 'after all'),
    [],
    'nor does one hear what comes after'
  )
})
