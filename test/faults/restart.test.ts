import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { createDataDir, until } from '../support/server.ts'
import { createDataFolder, isUp, spawnServer } from '../support/server-process.ts'
import { isFull, startCluster } from '../support/faults/cluster.ts'
import {
  ask, checkSound, checkStored, connectClient, createGroup, keepWriting, signUp, checkStatuses,
} from '../support/faults/load.ts'

const [restarts, writers] = isFull ? [10, 24] : [2, 8]

const cluster = await startCluster(t, join(await createDataFolder(t), 'postgres'))
const server = spawnServer(t, { DATABASE_URL: cluster.url, DATA_DIR: await createDataDir(t) })
const url = await server.ready()

const people = await Promise.all(Array.from({ length: writers }, (_, i) => signUp(url, `person${i}`)))
const observer = await signUp(url, 'observer')
const groups = await Promise.all([createGroup(people), createGroup(people), createGroup([observer])])

/** Leaves a transaction open that has numbered and stored a message, and changed a person. */
async function holdTransaction (): Promise<void> {
  const client = new pg.Client(cluster.url)
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  await client.query("UPDATE users SET bio = 'uncommitted' WHERE id = $1", [observer.userId])
  const { rows: [{ last_seq: seq }] } = await client.query(
    'UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq', [groups[1]]
  )
  await client.query(`
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    VALUES (gen_random_uuid(), $1, $2, $3, 1, 'uncommitted')`, [groups[1], people[0]!.userId, seq])
}

t.test(`PostgreSQL is stopped at once, ${restarts} times, while people write and transactions are open`, async t => {
  const clients = await Promise.all(people.map(person => connectClient(t, person)))
  const writing = keepWriting(clients, groups.slice(0, 2))
  await until(() => writing.acknowledged.length > 50)

  for (let i = 0; i < restarts; i++) {
    await sleep(300 + Math.random() * 700)
    // The second group's writers wait for its lock now.
    await holdTransaction()
    await cluster.crash()
    await until(async () => !await isUp(url))
    await cluster.start()
    const back = Date.now()
    await until(
      async () =>
        (await ask(observer, 'POST', `/conversations/${groups[2]}/messages`, { text: `back ${i}` })).status === 201,
      5_000
    )
    t.ok(await isUp(url))
    t.comment(`a message was sent, and the server ready, ${Date.now() - back} ms after PostgreSQL took connections`)
    checkStatuses(t)
    const before = writing.acknowledged.length
    await until(() => writing.acknowledged.length > before + 50)
  }

  await writing.stop()
  t.comment(`${writing.acknowledged.length} messages acknowledged`)
  t.same(await cluster.sql("SELECT FROM users WHERE bio = 'uncommitted'"), [])
  t.same(await cluster.sql("SELECT FROM messages WHERE text = 'uncommitted'"), [])
  await checkStored(t, cluster, writing.acknowledged)
})

t.test('the server has stayed the same process, and is well', t => checkSound(t, server))
