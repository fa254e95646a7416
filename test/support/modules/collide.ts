import pg from 'pg'
import { until, type Answer, type TestServer } from '../server.ts'

export const waiting = `
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`

/** Runs `lock` in a transaction of its own, and `during` before that is committed. */
export async function whileLocked<Result> (server: TestServer, lock: string, value: string, during: (
  commit: () => Promise<unknown>
) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(lock, [value])
    return await during(() => client.query('COMMIT'))
  } finally {
    await client.end()
  }
}

/** Starts calls that all want a row which is locked, and lets them go only when all have come to a halt. */
export function collide<Result> (
  server: TestServer, lock: string, value: string, calls: Array<() => Promise<Result>>
): Promise<Result[]> {
  return whileLocked(server, lock, value, async commit => {
    const results = calls.map(call => call())
    await until(async () => (await server.sql(waiting)).length === calls.length)
    await commit()
    return Promise.all(results)
  })
}

/** Starts a call that wants a row which is locked, and lets PostgreSQL give up on it. */
export function failWhileWaiting (
  server: TestServer, lock: string, value: string, call: () => Promise<Answer>
): Promise<Answer> {
  return whileLocked(server, lock, value, async () => {
    const result = call()
    await until(async () => (await server.sql(waiting)).length === 1)
    await server.sql(`SELECT pg_cancel_backend(pid) FROM (${waiting}) w`)
    return result
  })
}
