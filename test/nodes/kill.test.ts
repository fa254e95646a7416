/** Of three nodes a random one is killed again and again while people write through a balancer. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { createChooser } from '../support/chooser.ts'
import { until } from '../support/server.ts'
import { startNodeProcesses } from '../support/nodes/processes.ts'
import { withoutRedis } from '../support/redis.ts'
import { killNow } from '../support/server-process.ts'
import { isFull } from '../support/faults/cluster.ts'
import { Crowd } from '../support/faults/crowd.ts'
import { findFaults, noFaults, readRows, summarize } from '../support/faults/history.ts'

const size = isFull
  ? { kills: 30, sends: 30_000, writers: 50, listeners: 3, conversations: 20 }
  : { kills: 1, sends: 200, writers: 8, listeners: 2, conversations: 5 }
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1e6)
const { below, oneOf } = createChooser(seed)
const perKill = size.sends / size.kills

const title = `${size.kills} times kill -9 of a node of three: nothing is lost or doubled, and all agree (seed ${seed})`

t.test(title, { skip: withoutRedis }, async t => {
  const { nodes, databaseUrl, url } = await startNodeProcesses(t, 3)
  const database = new pg.Client(databaseUrl)
  await database.connect()
  t.teardown(() => database.end())
  const crowd = new Crowd(seed)
  t.teardown(() => crowd.close())
  await crowd.gather(url, size)

  const begun = Date.now()
  const writing = crowd.write()
  for (let kill = 0; kill < size.kills; kill++) {
    const goal = crowd.acknowledged + perKill / 2 + below(perKill)
    await until(() => crowd.acknowledged >= goal, 60_000)
    const node = oneOf(nodes)
    killNow(node.server.pid)
    t.equal(await node.server.ended, 'SIGKILL')
    t.equal(node.server.errors(), '')
    await sleep(below(500))
    await node.start()
  }
  await until(() => crowd.acknowledged >= size.sends, 240_000)
  crowd.stop()
  await writing
  const ms = Date.now() - begun

  const rows = await readRows(database)
  await until(() => crowd.behind(rows).length === 0, 15_000).catch(() => {})
  t.same(crowd.behind(rows), [], 'everyone caught up without being asked to')
  t.same(findFaults(crowd.history, rows, [...crowd.members, ...await crowd.newDevices(size.listeners + 1)]), noFaults)
  t.same(
    (await database.query(`
      SELECT id FROM conversations c
      WHERE last_seq <> (SELECT count(*) FROM messages WHERE conversation_id = c.id)`)).rows,
    []
  )
  t.comment({ ms, rows: rows.length, syncs: crowd.syncs, ...summarize(crowd.history) })
})
