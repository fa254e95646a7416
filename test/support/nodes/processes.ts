/** Several nodes as processes of their own, on one database and one Redis, behind a balancer. */
import type { Test } from 'tap'
import { startBalancer } from '../faults/balancer.ts'
import { createDatabase, createDataDir } from '../server.ts'
import { startRedis, type BreakableRedis } from '../redis.ts'
import { findPort, spawnServer, type ServerProcess } from '../server-process.ts'

type Teardown = Pick<Test, 'teardown'>

export interface Node {
  url: string
  /** Its process of now. */
  server: ServerProcess
  /** Starts the next process, at the same address; resolves when it is ready. */
  start (preload?: string): Promise<void>
}

export interface Nodes {
  nodes: Node[]
  redis: BreakableRedis
  databaseUrl: string
  /** Of the balancer, which gives new connections to the nodes in turn. */
  url: string
}

async function createNode (t: Teardown, shared: Record<string, string | undefined>): Promise<Node> {
  const PORT = String(await findPort())
  const node: Node = {
    url: `http://127.0.0.1:${PORT}`,
    server: spawnServer(t, { ...shared, PORT }, { isCovered: false }),
    async start (preload) {
      node.server = spawnServer(t, { ...shared, PORT }, { isCovered: false, ...preload !== undefined && { preload } })
      await node.server.ready()
    },
  }
  return node
}

/** @param options.redisUrl where the nodes find Redis, if not at its own address */
export async function startNodeProcesses (t: Teardown, count: number, {
  settings = {}, redisUrl,
}: { settings?: Record<string, string>, redisUrl?: (url: string) => Promise<string> } = {}): Promise<Nodes> {
  const redis = await startRedis(t)
  const databaseUrl = await createDatabase(t)
  const shared = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: await redisUrl?.(redis.url) ?? redis.url,
    DATA_DIR: await createDataDir(t),
    JWT_SECRET: 'of all nodes'.repeat(3),
    NODE_DISABLE_COMPILE_CACHE: undefined,
    ...settings,
  }
  const nodes: Node[] = []
  for (let i = 0; i < count; i++) {
    const node = await createNode(t, shared)
    // The first one makes the secrets that the others share.
    if (i === 0) await node.server.ready()
    nodes.push(node)
  }
  await Promise.all(nodes.map(node => node.server.ready()))
  return { nodes, redis, databaseUrl, url: await startBalancer(t, nodes.map(({ url }) => url), { inTurn: true }) }
}
