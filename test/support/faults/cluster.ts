/** A PostgreSQL of a test's own, as durable as in production, and the faults that it can have. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { findBinaries, runAs } from '../../../src/development/postgres-binaries.ts'
import { openCluster } from '../../../src/development/postgres-cluster.ts'
import { postgresOf } from '../server-process.ts'

/** Whether to test at the size that is promised, or at one that fits into `npm test`. */
export const isFull = process.env.FAULTS === 'full'

export interface BreakableCluster {
  url: string
  /** Ends it without a farewell, as a crash would. */
  crash: () => Promise<void>
  /** Starts it again, at the same address; resolves when it takes connections. */
  start: () => Promise<void>
  /** Stops every process of it in the midst of whatever it does, until `thaw`. */
  freeze: () => void
  thaw: () => void
  sql: <Row = any>(text: string, values?: unknown[]) => Promise<Row[]>
}

export async function startCluster (
  t: Pick<Test, 'teardown'>, home: string, settings: string[] = []
): Promise<BreakableCluster> {
  const cluster = await openCluster(home, settings)
  const data = join(home, 'data')
  const url = cluster.url('postgres')
  const { uid, gid } = await stat(data)
  const owner = process.getuid?.() === 0 ? { uid, gid } : undefined
  const { pg_ctl: control } = await findBinaries()
  const signal = (pids: number[], name: NodeJS.Signals) => { for (const pid of pids) process.kill(pid, name) }

  const breakable: BreakableCluster = {
    url,
    crash: () => runAs(owner, control, ['--pgdata', data, '--mode=immediate', 'stop']),
    async start () {
      await openCluster(home, [...settings, `port=${new URL(url).port}`])
    },
    freeze () {
      // The first process before the others, or it could start more of them meanwhile.
      signal(postgresOf(home).slice(0, 1), 'SIGSTOP')
      signal(postgresOf(home).slice(1), 'SIGSTOP')
    },
    thaw: () => signal(postgresOf(home), 'SIGCONT'),
    async sql (text, values) {
      const client = new pg.Client({ connectionString: url })
      // A connection that is cut fails its query; one that is cut after it does no harm.
      client.on('error', () => {})
      await client.connect()
      return client.query(text, values).then(({ rows }) => rows).finally(() => client.end())
    },
  }
  t.teardown(async () => {
    breakable.thaw()
    if (postgresOf(home).length > 0) await breakable.crash()
  })
  return breakable
}
