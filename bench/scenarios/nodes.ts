/**
 * Scenarios 13 to 15: several nodes on one Redis. On one machine they share its cores, so what counts is the
 * CPU time of a message.
 */
import { listeners } from '../load/listeners.ts'
import { sockets } from '../load/sockets.ts'
import type { Outcome } from '../load/drive.ts'
import { http, type HttpJob } from '../load/http.ts'
import { startLoad, startRedis, type Load, type RedisServer, type Server } from '../processes.ts'
import type { Side } from '../compare.ts'
import { atLeast, atMost, measure, type Bench, type Scenario } from './scenario.ts'
import { directSenders, groupSenders, sendRequests } from './sending.ts'

/** For each node. */
const inFlight = 48

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

/** Several loads at once, as one. */
function join (outcomes: Outcome[]): Outcome {
  return {
    operations: sum(outcomes.map(({ operations }) => operations)),
    errors: sum(outcomes.map(({ errors }) => errors)),
    seconds: Math.max(...outcomes.map(({ seconds }) => seconds)),
    p50: Math.max(...outcomes.map(({ p50 }) => p50)),
    p99: Math.max(...outcomes.map(({ p99 }) => p99)),
  }
}

const cpuOfAll = (servers: Array<Pick<Server, 'cpu'>>) => () => sum(servers.map(server => server.cpu()))
const stopAll = (parts: Array<{ stop (): Promise<void> }>) => Promise.all(parts.map(part => part.stop()))

/** Counts what is counted by the audience, while the senders send; of those come the latencies. */
function besides (
  name: string, servers: Array<Pick<Server, 'cpu'>>, senders: Load[], audience: Load[], counted: 'sent' | 'heard'
): Side {
  return {
    name,
    cpu: cpuOfAll(servers),
    async run (seconds) {
      const runAll = async (loads: Load[]) => join(await Promise.all(loads.map(load => load.run(seconds))))
      const [heard, sent] = await Promise.all([runAll(audience), runAll(senders)])
      return counted === 'sent' ? sent : { ...heard, p50: sent.p50, p99: sent.p99, errors: heard.errors + sent.errors }
    },
    async stop () { await stopAll([...senders, ...audience]) },
  }
}

const startAll = <Part>(count: number, start: (i: number) => Promise<Part>) =>
  Promise.all(Array.from({ length: count }, (_, i) => start(i)))

/** Scenario 13: one writes at one node, and all members of the group are connected to another. */
export const acrossNodes: Scenario = async bench => {
  const redis = await startRedis()
  const convo = await startAll(2, () => bench.world.startConvo({ REDIS_URL: redis.url }))
  const bare = await startAll(2, () => bench.world.startBare('nodes', { REDIS_URL: redis.url }))
  const people = await groupSenders(bench.world, 200, 200)
  const job: HttpJob = { url: convo[0]!.url, inFlight: 8, requests: sendRequests(people.slice(0, 1)) }
  const room = { token: 'everybody', conversationId: 'everybody' }
  const [ours, theirs] = await measure(bench, [
    besides('Convo', [
      ...convo, redis,
    ], [await startLoad(http, job)], [await startLoad(listeners, {
      url: convo[1]!.url, tokens: people.map(({ token }) => token),
    })], 'heard'),
    besides('bare Socket.IO', [
      ...bare, redis,
    ], [await startLoad(sockets, {
      url: bare[0]!.url, inFlight: 8, event: 'message:send', senders: [room],
    })], [await startLoad(listeners, { url: bare[1]!.url, tokens: people.slice(1).map(() => 'everybody') })], 'heard'),
  ]).finally(() => stopAll([...convo, ...bare, redis]))
  return [
    {
      scenario: 'deliveries to 200 connected members at another node',
      convo: ours!,
      limit: theirs!,
      value: ours!.rate / theirs!.rate,
      goal: atLeast(0.85),
    },
  ]
}

/** So many nodes, each with senders in direct conversations whose other side is connected to the next node. */
async function clusterOf (
  bench: Bench, count: number, redis: RedisServer | undefined
): Promise<{ side: Side, nodes: Server[] }> {
  const { world } = bench
  const nodes = await startAll(count, () => world.startConvo(redis && { REDIS_URL: redis.url }))
  const pairs = await directSenders(world)
  const ofNode = (i: number) => pairs.filter((_, n) => n % count === i)
  const senders = await startAll(
    count, i => startLoad(http, { url: nodes[i]!.url, inFlight, requests: sendRequests(ofNode(i)) })
  )
  const audience = await startAll(
    count,
    i =>
      startLoad(listeners, { url: nodes[(i + 1) % count]!.url, tokens: ofNode(i).map(({ otherToken }) => otherToken) })
  )
  const name = `${count} node${count > 1 ? 's' : ''}${redis ? '' : ' without Redis'}`
  return { side: besides(name, redis ? [...nodes, redis] : nodes, senders, audience, 'sent'), nodes }
}

/** Scenario 14: what is compared is the CPU time of servers, Redis and PostgreSQL. */
export const moreNodes: Scenario = async bench => {
  const redis = await startRedis()
  const clusters: Array<Awaited<ReturnType<typeof clusterOf>>> = []
  for (const [count, on] of [[1, redis], [1, undefined], [2, redis], [3, redis]] as const) {
    clusters.push(await clusterOf(bench, count, on))
  }
  const [one, ...others] = await measure(bench, clusters.map(({ side }) => side))
    .finally(() => stopAll([...clusters.flatMap(({ nodes }) => nodes), redis]))
  const cost = ({ serverCpu, postgresCpu }: { serverCpu: number, postgresCpu: number }) => serverCpu + postgresCpu
  return others.map(figures => ({
    scenario: `cost of a message with ${figures.name}`,
    convo: figures,
    limit: one!,
    value: cost(figures) / cost(one!),
    goal: atMost(1.15),
  }))
}

const rooms = 300

/** Scenario 15: which adapter, for three nodes, two of which have somebody in a room. */
export const adapters: Scenario = async bench => {
  const redis = await startRedis()
  const sides: Side[] = []
  const servers: Server[] = []
  for (const ADAPTER of ['sharded', 'streams']) {
    const nodes = await startAll(3, () => bench.world.startBare('nodes', { REDIS_URL: redis.url, ADAPTER }))
    servers.push(...nodes)
    const roomsOf = (i: number) =>
      Array.from({ length: rooms }, (_, n) => `room ${n} of ${ADAPTER}`).filter((_, n) => n % 3 === i)
    const senders = await startAll(3, i => startLoad(sockets, {
      url: nodes[i]!.url,
      inFlight,
      event: 'message:send',
      senders: roomsOf(i).map(room => ({ token: room, conversationId: room })),
    }))
    const audience = await startAll(3, i => startLoad(listeners, { url: nodes[(i + 1) % 3]!.url, tokens: roomsOf(i) }))
    sides.push(besides(`the ${ADAPTER} adapter`, [...nodes, redis], senders, audience, 'heard'))
  }
  const [sharded, streams] = await measure(bench, sides).finally(() => stopAll([...servers, redis]))
  return [
    {
      scenario: 'bare Socket.IO on 3 nodes, 300 rooms over two nodes each',
      convo: sharded!,
      limit: streams!,
      value: sharded!.rate / streams!.rate,
      goal: atLeast(1),
    },
  ]
}
