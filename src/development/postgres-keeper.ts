/**
 * A process beside the server that starts PostgreSQL and, when its server is gone for whatever
 * reason, stops it again, unless another server uses it. Who uses it is known by a shared advisory
 * lock that each keeper holds for its server; whoever gets it alone is the last.
 */
import pg from 'pg'
import { openCluster } from './postgres-cluster.ts'

export type KeeperMessage = { url: string } | { error: string }

const [home, ...settings] = process.argv.slice(2)
const database = 'convo'
const lock = 0x6b656570 // 'keep'
const serverGone = new Promise(resolve => process.once('disconnect', resolve))

async function keep (): Promise<void> {
  const cluster = await openCluster(home!, settings)
  const client = new pg.Client({ connectionString: cluster.url('postgres'), application_name: 'convo keeper' })
  // When PostgreSQL itself goes away there is nothing left to keep.
  client.on('error', () => process.exit(0))
  await client.connect()
  await client.query('SELECT pg_advisory_lock_shared($1)', [lock])
  await client.query(`CREATE DATABASE ${database}`).catch(error => {
    // It exists, or another keeper is creating it at this moment.
    if (!['42P04', '23505', '55006'].includes(error.code)) throw error
  })

  process.send?.({ url: cluster.url(database) } satisfies KeeperMessage, () => {})
  await serverGone
  await client.query('SELECT pg_advisory_unlock_shared($1)', [lock])
  const { rows: [{ last }] } = await client.query('SELECT pg_try_advisory_lock($1) AS last', [lock])
  if (last) await cluster.stop()
  process.exit(0)
}

keep().catch(error => {
  if (process.connected) process.send!({ error: error.message } satisfies KeeperMessage, () => process.exit(1))
  else process.exit(1)
})
