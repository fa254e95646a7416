/** Nodes are killed with people online, again and again, and nobody is left behind as a ghost. */
import pg from 'pg'
import t from 'tap'
import { until } from '../support/server.ts'
import { startNodeProcesses } from '../support/nodes/processes.ts'
import type { Account } from '../support/reference-client.ts'
import { withoutRedis } from '../support/redis.ts'
import { killNow } from '../support/server-process.ts'
import { isFull } from '../support/faults/cluster.ts'
import { ask, listen, signUp } from '../support/faults/load.ts'

const size = isFull ? { kills: 20, people: 25 } : { kills: 1, people: 5 }

t.test(`after ${size.kills} kills nobody is a ghost, and who has another device never flickers`, {
  skip: withoutRedis,
}, async t => {
  const { nodes: [safe, ...doomed], databaseUrl } = await startNodeProcesses(t, 3)
  const database = new pg.Client(databaseUrl)
  await database.connect()
  t.teardown(() => database.end())
  const countOnline = async (ids: string[]) =>
    (await database.query('SELECT FROM users WHERE is_online AND id = ANY($1)', [ids])).rowCount!

  const contact = await signUp(safe!.url, 'contact')
  const ear = await listen(t, contact)
  const people: Account[] = []
  for (let i = 0; i < size.people; i++) {
    const person = await signUp(safe!.url, `person${i}`)
    await ask(contact, 'POST', '/conversations', { userId: person.userId })
    people.push(person)
  }
  // Of everyone the last has a device that stays.
  const [stays, ...leave] = people.toReversed()
  await listen(t, stays!)

  for (let kill = 0; kill < size.kills; kill++) {
    const node = doomed[kill % doomed.length]!
    for (const person of people) await listen(t, { ...person, url: node.url })
    await until(async () => await countOnline(people.map(({ userId }) => userId)) === people.length)
    killNow(node.server.pid)
    await node.server.ended
    await node.start()
  }
  const killed = Date.now()
  const ids = leave.map(({ userId }) => userId)
  const isTold = (userId: string) =>
    ear.all('user:offline').filter(event => event.userId === userId).length > 0 && lastOf(userId) === 'user:offline'
  const lastOf = (userId: string) =>
    ear.heard.findLast(({ name, payload }) => name.startsWith('user:') && payload.userId === userId)?.name
  await until(async () => await countOnline(ids) === 0 && ids.every(isTold), 30_000)
  t.comment({ kills: size.kills, people: size.people, rightAfter: Date.now() - killed })
  t.equal(await countOnline([stays!.userId, contact.userId]), 2)
  t.same(ear.all('user:offline').filter(event => event.userId === stays!.userId), [])
  t.equal((await database.query('SELECT FROM nodes')).rowCount, 3, 'nothing is left of the nodes that were killed')
})
