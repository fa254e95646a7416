/** Three nodes are replaced one after the other, or one is frozen or killed, under many sockets. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { io, type Socket } from 'socket.io-client'
import t, { type Test } from 'tap'
import { until } from '../support/server.ts'
import { startNodeProcesses, type Nodes } from '../support/nodes/processes.ts'
import { ReferenceClient, type Account } from '../support/reference-client.ts'
import { withoutRedis } from '../support/redis.ts'
import { killNow } from '../support/server-process.ts'
import { isFull } from '../support/faults/cluster.ts'
import { createGroup, signUp } from '../support/faults/load.ts'

const size = isFull
  ? { nodes: 3, sockets: 1_500, rate: 100, grace: 5_000, frozen: 60_000, events: 20_000 }
  : { nodes: 2, sockets: 60, rate: 20, grace: 500, frozen: 1_500, events: 200 }

interface Sent { id: string, seq: number }

/** Delays of the event loop, told when the process is asked by SIGUSR2; the next measurement begins then. */
const measureDelays = `
  import { monitorEventLoopDelay } from 'node:perf_hooks'
  const histogram = monitorEventLoopDelay({ resolution: 10 })
  histogram.enable()
  process.on('SIGUSR2', () => {
    console.log('event loop p99 ' + histogram.percentile(99) / 1e6 + ' ms')
    histogram.reset()
  })`

async function askDelays ({ nodes }: Nodes): Promise<number[]> {
  return Promise.all(nodes.map(async ({ server }) => {
    const told = () => [...server.log().matchAll(/event loop p99 ([\d.]+) ms/g)].map(([, ms]) => Number(ms))
    const before = told().length
    server.child.kill('SIGUSR2')
    await until(() => told().length > before)
    return told().at(-1)!
  }))
}

/** Sockets of some people, each with several devices. */
async function connectMany (t: Test, url: string, accounts: Account[], count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, (_, i) => io(url, {
    auth: { token: accounts[i % accounts.length]!.token },
    forceNew: true,
    transports: ['websocket'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 2_000,
    autoConnect: false,
  }))
  t.teardown(() => { for (const socket of sockets) socket.disconnect() })
  for (let i = 0; i < count; i += 100) {
    await Promise.all(
      sockets.slice(i, i + 100).map(
        socket => new Promise<void>(resolve => { socket.once('connect', resolve).connect() })
      )
    )
  }
  return sockets
}

/**
 * When sockets that go are back, in milliseconds from the first farewell: how long each was away, and how
 * many came at once at most.
 */
function watchReturns (sockets: Socket[]) {
  const away = new Map<Socket, number>()
  const absences: number[] = []
  const returns: number[] = []
  for (const socket of sockets) {
    socket.on('disconnect', () => away.set(socket, Date.now()))
    socket.on('connect', () => {
      absences.push(Date.now() - away.get(socket)!)
      returns.push(Date.now())
      away.delete(socket)
    })
  }
  return {
    /** Resolves when all are back; forgets them for the next time. */
    async all (least: number) {
      await until(() => returns.length >= least && away.size === 0, 40_000)
      const second = 1_000
      const perSecond = Map.groupBy(returns, time => Math.floor((time - returns[0]!) / second))
      const mean = returns.length / (Math.max(...perSecond.keys()) + 1)
      const result = {
        count: returns.length,
        slowest: Math.max(...absences),
        peak: Math.max(...[...perSecond.values()].map(some => some.length)) / mean,
      }
      absences.splice(0)
      returns.splice(0)
      return result
    },
  }
}

async function gather (url: string, count: number): Promise<Account[]> {
  const accounts: Account[] = []
  for (let i = 0; i < count; i++) accounts.push(await signUp(url, `person${i}`))
  return accounts
}

/** Writes at a steady rate whatever happens, each message by another client; a string is why one failed. */
function keepWriting (t: Test, clients: ReferenceClient[], groupId: string, rate = size.rate) {
  const sends: Array<Promise<Sent | string>> = []
  const timer = setInterval(() => {
    const client = clients[sends.length % clients.length]!
    sends.push(client.send(groupId, `message ${sends.length}`).catch(String))
  }, 1_000 / rate)
  t.teardown(() => clearInterval(timer))
  return async () => {
    clearInterval(timer)
    const results = await Promise.all(sends)
    t.same(results.filter(result => typeof result === 'string'), [], 'no call failed, after retry')
    return results as Sent[]
  }
}

async function connectClients (t: Test, accounts: Account[], urlOf: (i: number) => string): Promise<ReferenceClient[]> {
  return Promise.all(accounts.map(async (account, i) => {
    const client = new ReferenceClient({ ...account, url: urlOf(i) })
    t.teardown(() => client.close())
    await client.connect()
    return client
  }))
}

/** What was sent is there once, numbered without a gap, and everyone has it within 15 s. */
async function checkAll (t: Test, clients: ReferenceClient[], groupId: string, sent: Sent[]): Promise<number> {
  const begun = Date.now()
  const ids = sent.toSorted((a, b) => a.seq - b.seq).map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const isComplete = (client: ReferenceClient) => client.messagesOf(groupId).length === ids.length
  await until(() => clients.every(isComplete), 15_000).catch(() => {})
  for (const client of clients) if (!isComplete(client)) await client.loadHistory(groupId)
  for (const client of clients) t.same(client.messagesOf(groupId).map(({ id }) => id), ids)
  return Date.now() - begun
}

t.test('nodes are restarted one after the other: no call fails, every socket is back within 10 s', {
  skip: withoutRedis,
}, async t => {
  const cluster = await startNodeProcesses(t, size.nodes, { settings: { SHUTDOWN_GRACE_MS: String(size.grace) } })
  const accounts = await gather(cluster.url, 36)
  const [talkers, crowd] = [accounts.slice(0, 6), accounts.slice(6)]
  const groupId = await createGroup(talkers)
  await createGroup(crowd)
  const clients = await connectClients(t, talkers, () => cluster.url)
  const sockets = await connectMany(t, cluster.url, crowd, size.sockets)
  const returns = watchReturns(sockets)
  const stop = keepWriting(t, clients, groupId)
  for (const node of cluster.nodes) {
    const { code, ms } = await node.server.stop()
    t.equal(code, 0)
    t.ok(ms < 15_000)
    const { count, slowest, peak } = await returns.all(1)
    t.comment({ stopped: ms, count, slowest, peak })
    t.ok(slowest < 10_000)
    t.ok(peak <= 3, 'they do not come all at once')
    await node.start()
  }
  const sent = await stop()
  t.ok(sockets.every(socket => socket.connected))
  t.comment({ sent: sent.length, caughtUp: await checkAll(t, clients, groupId, sent) })
})

t.test('a node that was frozen while much happened: its people have it all soon after', {
  skip: withoutRedis,
}, async t => {
  const { nodes: [here, frozen], url } = await startNodeProcesses(t, 2)
  const accounts = await gather(url, 8)
  const groupIds = await Promise.all(Array.from({ length: 8 }, () => createGroup(accounts)))
  const writers = await connectClients(t, accounts.slice(0, 4), () => here!.url)
  const stuck = await connectClients(t, accounts.slice(4), () => frozen!.url)
  frozen!.server.child.kill('SIGSTOP')
  const begun = Date.now()
  const sent = new Map(groupIds.map(id => [id, [] as Sent[]]))
  let count = 0
  await Promise.all(groupIds.map(async (id, i) => {
    while (count < size.events) sent.get(id)!.push(await writers[i % writers.length]!.send(id, `message ${count++}`))
  }))
  await sleep(Math.max(0, size.frozen - (Date.now() - begun)))
  frozen!.server.child.kill('SIGCONT')
  const thawed = Date.now()
  const holds = (client: ReferenceClient, id: string) => client.messagesOf(id).at(-1)?.seq === sent.get(id)!.length
  await until(() => stuck.every(client => groupIds.every(id => holds(client, id))), 15_000)
  const caughtUp = Date.now() - thawed
  t.comment({ sent: count, frozen: thawed - begun, caughtUp })
  t.ok(caughtUp < 10_000)
  for (const id of groupIds) await checkAll(t, [...writers, ...stuck], id, sent.get(id)!)
  t.notMatch(frozen!.server.log(), /"level":[56]0/)
})

t.test('a herd comes back at once when a node is killed: a few queries each, and the others stay awake', {
  skip: withoutRedis || !isFull,
}, async t => {
  const cluster = await startNodeProcesses(t, size.nodes)
  const [first, ...others] = cluster.nodes
  const accounts = await gather(cluster.url, 100)
  await createGroup(accounts)
  // While they are away, all connect to the first.
  for (const { server } of others) await server.stop()
  const sockets = await connectMany(t, cluster.url, accounts, 3_000)
  for (const node of others) await node.start(measureDelays)
  const database = new pg.Client(cluster.databaseUrl)
  await database.connect()
  t.teardown(() => database.end())
  const countQueries = async () => {
    // What sessions counted is reported within a second.
    await sleep(1_500)
    const { rows: [{ count }] } = await database.query(`
      SELECT xact_commit + xact_rollback AS count FROM pg_stat_database
      WHERE datname = current_database()`)
    return Number(count)
  }
  const returns = watchReturns(sockets)
  await askDelays({ ...cluster, nodes: others })
  // What nodes ask anyway, their readiness above all, is none of the herd's.
  const [idle, idleAt] = [await countQueries(), Date.now()]
  const [before, beforeAt] = [await countQueries(), Date.now()]
  const background = (before - idle) / (beforeAt - idleAt)
  killNow(first!.server.pid)
  const { count, slowest, peak } = await returns.all(sockets.length)
  const delays = await askDelays({ ...cluster, nodes: others })
  const queries = (await countQueries() - before - background * (Date.now() - beforeAt)) / count
  t.comment({ count, slowest, peak, queries, delays })
  t.ok(queries <= 3)
  t.ok(Math.max(...delays) < 250)
  t.ok(sockets.every(socket => socket.connected))
  for (const { server } of others) t.notMatch(server.log(), /"level":[56]0/)
})
