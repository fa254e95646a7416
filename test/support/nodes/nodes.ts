/** Several nodes in one process, on one database and one Redis. */
import type { Test } from 'tap'
import { startServer, type Person, type TestServer } from '../server.ts'

/** The first has the database that the others share. */
export async function startNodes (
  t: Pick<Test, 'teardown'>, count: number, settings: Record<string, string>
): Promise<TestServer[]> {
  const first = await startServer(t, settings)
  const shared = { ...settings, DATABASE_URL: first.databaseUrl, JWT_SECRET: first.config.JWT_SECRET }
  return [first, ...await Promise.all(Array.from({ length: count - 1 }, () => startServer(t, shared)))]
}

/** The same person, at another node. */
export const at = (node: TestServer, person: Person): Person =>
  Object.assign(Object.create(person) as Person, { server: node })
