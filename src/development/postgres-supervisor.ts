/**
 * A process beside the server that starts PostgreSQL and, when its server is gone for whatever
 * reason, stops it again, unless another server uses it. Who uses it is known by a shared advisory
 * lock that each supervisor holds for its server; whoever gets it alone is the last.
 */
import type pg from 'pg'
import { createClient, openCluster, type Cluster } from './postgres-cluster.ts'

export type SupervisorMessage = { url: string } | { error: string }

const [home, ...settings] = process.argv.slice(2)
const database = 'convo'
const lock = 0x6b656570 // 'keep'

// It may be gone already, killed while this process was loading.
const serverGone = new Promise<void>(resolve => {
  process.once('disconnect', resolve)
  if (!process.connected) resolve()
})

interface Entered { cluster: Cluster, client: pg.Client }

/** Opens the cluster and takes the lock. */
async function enter (): Promise<Entered> {
  const cluster = await openCluster(home!, settings)
  const client = createClient(cluster.url('postgres'))
  await client.connect()
  await client.query('SELECT pg_advisory_lock_shared($1)', [lock])
  return { cluster, client }
}

async function serve ({ cluster, client }: Entered): Promise<void> {
  // template0, as nobody else can be connected to it.
  await client.query(`CREATE DATABASE ${database} TEMPLATE template0`).catch((error: pg.DatabaseError) => {
    // It exists, or another supervisor is creating it at this moment.
    if (!['42P04', '23505'].includes(error.code!)) throw error
  })
  process.send!({ url: cluster.url(database) } satisfies SupervisorMessage, () => {})
  await serverGone
}

async function leave ({ cluster, client }: Entered): Promise<void> {
  await client.query('SELECT pg_advisory_unlock_shared($1)', [lock])
  const { rows: [row] } = await client.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [lock])
  if (row!.last) await cluster.stop()
}

async function keep (): Promise<void> {
  // The second time if its last supervisor was just stopping it.
  const entered = await enter().catch(enter)
  // When PostgreSQL itself goes away there is nothing left to keep; the server starts another supervisor.
  const lost = () => process.exit(1)
  entered.client.on('end', lost)
  try {
    await serve(entered)
  } finally {
    entered.client.off('end', lost)
    await leave(entered)
  }
}

keep().then(() => process.exit(0), (error: Error) => {
  process.send!({ error: error.message } satisfies SupervisorMessage, () => process.exit(1))
})
