/**
 * The server is killed again and again while people write, and afterwards nothing is lost, nothing
 * is doubled and everyone has the same. PostgreSQL goes on: the cluster of the tests does without
 * fsync, which is about crashes of the machine, and what it has committed is there for the next server.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { createChooser } from '../support/chooser.ts'
import { createDatabase, createDataDir, until } from '../support/server.ts'
import { findPort, killNow, spawnServer } from '../support/server-process.ts'
import { Crowd } from '../support/faults/crowd.ts'
import { findFaults, noFaults, readRows, summarize } from '../support/faults/history.ts'

const size = process.env.FAULTS === 'full'
  ? { kills: 30, sends: 30_000, writers: 50, listeners: 3, conversations: 20 }
  : { kills: 4, sends: 400, writers: 8, listeners: 2, conversations: 5 }
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1e6)
const { below } = createChooser(seed)
const perLife = size.sends / size.kills

const DATABASE_URL = await createDatabase(t)
const DATA_DIR = await createDataDir(t)
const PORT = String(await findPort())
const preload = `import ${JSON.stringify(new URL('../support/faults/failpoints.ts', import.meta.url))}`

/** The next life of the server, at the address of the one before and with its secret. */
async function start (failpoint?: string) {
  const settings = { DATABASE_URL, DATA_DIR, PORT, NODE_DISABLE_COMPILE_CACHE: undefined }
  const server = spawnServer(t, {
    ...settings, ...failpoint && { FAILPOINT: failpoint },
  }, { isCovered: false, ...failpoint !== undefined && { preload } })
  return { ...server, url: await server.ready() }
}

type Server = Awaited<ReturnType<typeof start>>

const ways = ['any moment', 'emit', 'answer', 'acknowledge'] as const

/** Starts a server and sees it killed: at a failpoint that sends come to, or at any moment. */
async function liveAndDie (crowd: Crowd, way: typeof ways[number]): Promise<Server> {
  if (way === 'any moment') {
    const server = await start()
    const before = crowd.acknowledged
    await until(() => crowd.acknowledged > before, 60_000)
    await sleep(below(2 * perLife))
    killNow(server.pid)
    return server
  }
  // Every send is told of, and half of them are answered in each of the two ways.
  return start(`${way}:${1 + below(way === 'emit' ? 2 * perLife : perLife)}`)
}

t.test(`${size.kills} times kill -9 under load: nothing is lost or doubled, and all agree (seed ${seed})`, async t => {
  const database = new pg.Client(DATABASE_URL)
  await database.connect()
  t.teardown(() => database.end())
  const crowd = new Crowd(seed)
  t.teardown(() => crowd.close())

  const first = await start()
  await crowd.gather(first.url, size)
  const begun = Date.now()
  const writing = crowd.write()
  // A process that is killed leaves no compile cache to the next one.
  await first.stop()

  const deaths: Record<string, number> = {}
  for (let kill = 0; kill < size.kills; kill++) {
    const way = ways[kill % ways.length]!
    const server = await liveAndDie(crowd, way)
    t.equal(await server.ended, 'SIGKILL')
    t.equal(server.errors(), way === 'any moment' ? '' : `failpoint ${way}\n`)
    deaths[way] = (deaths[way] ?? 0) + 1
  }
  await start()
  await until(() => crowd.acknowledged >= size.sends, 240_000)
  crowd.stop()
  await writing
  const ms = Date.now() - begun

  const rows = await readRows(database)
  await until(() => crowd.behind(rows).length === 0).catch(() => {})
  t.same(crowd.behind(rows), [], 'everyone caught up without being asked to')
  t.same(findFaults(crowd.history, rows, [...crowd.members, ...await crowd.newDevices(size.listeners + 1)]), noFaults)
  t.same(
    (await database.query(`
      SELECT id FROM conversations c
      WHERE last_seq <> (SELECT count(*) FROM messages WHERE conversation_id = c.id)`)).rows,
    []
  )
  t.comment({ deaths, ms, rows: rows.length, syncs: crowd.syncs, ...summarize(crowd.history) })
})
