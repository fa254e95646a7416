/** Redis has every fault that it can have while people on two nodes talk in one group. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { call, until } from '../support/server.ts'
import { startNodeProcesses, type Node } from '../support/nodes/processes.ts'
import type { ReferenceClient } from '../support/reference-client.ts'
import { withoutRedis } from '../support/redis.ts'
import { createWire, type Wire } from '../support/wire.ts'
import { isFull } from '../support/faults/cluster.ts'
import { connectClient, createGroup, listen, signUp } from '../support/faults/load.ts'

const size = isFull ? { nodes: 3, rate: 50, fault: 30_000 } : { nodes: 2, rate: 25, fault: 1_500 }

const p99 = (times: number[]) => Math.round(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!)

/** CPU seconds of a process so far. */
const cpuOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8')
  .split(') ')[1]!.split(' ').slice(11, 13).reduce((sum, ticks) => sum + Number(ticks), 0) / 100

let people = 0

/** Somebody at a node, who writes, and somebody who listens there. */
async function settleAt (t: Test, { url }: Node) {
  const [writer, reader] = [await signUp(url, `writer${people++}`), await signUp(url, `reader${people++}`)]
  return {
    writer,
    reader,
    client: await connectClient(t, writer),
    mirror: await connectClient(t, reader),
    ear: await listen(t, reader),
  }
}

type Place = Awaited<ReturnType<typeof settleAt>>

/**
 * Writes at a steady rate until it is stopped, from each node in turn; returns how long each answer took, and
 * each way to the neighbour.
 */
function keepTalking (places: Place[], groupId: string) {
  const answered: number[] = []
  const heardBeside: number[] = []
  const ids: string[] = []
  const statuses: number[] = []
  let n = 0
  async function send (): Promise<void> {
    const { writer, ear } = places[n++ % places.length]!
    const begun = performance.now()
    const { status, body } = await call(`${writer.url}/api/v1/conversations/${groupId}/messages`, 'POST', {
      token: writer.token, json: { text: `message ${n}` },
    })
    answered.push(performance.now() - begun)
    statuses.push(status)
    ids.push(body.message.id)
    await ear.next('message:new', event => event.message.id === body.message.id)
    heardBeside.push(performance.now() - begun)
  }
  const sends: Array<Promise<void>> = []
  const timer = setInterval(() => sends.push(send()), 1_000 / size.rate)
  return {
    heardBeside,
    async stop () {
      clearInterval(timer)
      await Promise.all(sends)
      return { answered, heardBeside, ids, statuses }
    },
  }
}

const redisOf = async ({ url }: Node) => (await call(`${url}/health/ready`, 'GET')).body.redis

t.test('whatever happens to Redis, calls are answered, neighbours hear each other, and soon after everyone has all', {
  skip: withoutRedis,
}, async t => {
  let wire!: Wire
  const { nodes, redis } = await startNodeProcesses(t, size.nodes, {
    async redisUrl (url) {
      wire = await createWire(t, url)
      return wire.url
    },
  })
  const places = await Promise.all(nodes.map(node => settleAt(t, node)))
  const groupId = await createGroup(places.flatMap(({ writer, reader }) => [writer, reader]))
  const everybody = places.flatMap(({ client, mirror }) => [client, mirror])
  const own = new Redis(redis.url, { lazyConnect: true, retryStrategy: () => null })
  t.teardown(() => own.disconnect())

  /** What goes wrong, and what ends it; some faults last no longer than they take. */
  const faults: Record<string, { cause: () => unknown, end?: () => unknown }> = {
    'is killed': { cause: redis.kill, end: redis.start },
    'restarts empty': { async cause () { await redis.kill(); await redis.start() } },
    'is frozen': { cause: redis.freeze, end: redis.thaw },
    'is at the end of a broken line': { cause: () => wire.silence() },
    'closes every connection': {
      async cause () {
        await own.connect()
        for (const kind of ['normal', 'pubsub']) await own.call('CLIENT', 'KILL', 'TYPE', kind, 'SKIPME', 'yes')
        own.disconnect()
      },
    },
  }

  for (const [fault, { cause, end }] of Object.entries(faults)) {
    await t.test(`Redis ${fault}`, async t => {
      const { heardBeside: heard, stop } = keepTalking(places, groupId)
      await until(() => heard.length >= places.length)
      const cpu = nodes.map(({ server }) => cpuOf(server.pid))
      const begun = Date.now()
      await cause()
      await sleep(end ? size.fault : Math.min(size.fault, 3_000))
      for (const node of nodes) {
        await until(async () => {
          const { status, body } = await call(`${node.url}/health/ready`, 'GET')
          return status === 200 && body.redis === (end ? 'disconnected' : 'connected')
        })
      }
      const busy = nodes.map(({ server }, i) => (cpuOf(server.pid) - cpu[i]!) / (Date.now() - begun) * 1_000)
      await end?.()
      const ended = Date.now()
      const { answered, heardBeside, ids, statuses } = await stop()
      const isComplete = (client: ReferenceClient) => {
        const held = new Set(client.messagesOf(groupId).map(({ id }) => id))
        return ids.every(id => held.has(id))
      }
      await until(() => everybody.every(isComplete), 15_000)
      const converged = Date.now() - ended
      await Promise.all(nodes.map(node => until(async () => await redisOf(node) === 'connected', 5_000)))
      t.comment({ sends: ids.length, p99: p99(answered), besideP99: p99(heardBeside), converged, busy })
      t.same([...new Set(statuses)], [201])
      t.ok(p99(answered) < 1_000, 'answers come as ever')
      t.ok(Math.max(...heardBeside) < 2_000, 'people on one node hear each other')
      t.ok(Math.max(...busy) < 0.9, 'nobody is busy with nothing')
    })
  }

  await t.test('and in the end events go from node to node again', async t => {
    const [here, there] = places as [Place, Place]
    const { body } = await call(`${here.writer.url}/api/v1/conversations/${groupId}/messages`, 'POST', {
      token: here.writer.token, json: { text: 'across' },
    })
    await there.ear.next('message:new', event => event.message.id === body.message.id)
    for (const { server } of nodes) t.notMatch(server.log(), /"level":[56]0/)
    await Promise.all(nodes.map(async ({ server }) => t.equal((await server.stop()).code, 0)))
  })
})
