import pg from 'pg'
import t from 'tap'
import { forgetChanges, readChanges } from '../../src/modules/realtime/queries.ts'
import type { Listener } from '../support/listener.ts'
import { startServer, until, type Person } from '../support/server.ts'

const failures = (log: string) => log.split('what was missed is not known yet').length - 1
/**
 * So many checks fail, each after 2 s and 5 s after the one before, until the next one comes later than
 * changes are kept for sure.
 */
const patience = 7

/** Resolves when the socket was closed and has come back by itself. */
async function returned (ear: Listener): Promise<string> {
  const reason = await ear.gone()
  await new Promise<void>(resolve => ear.socket.once('connect', resolve))
  return reason
}

t.test('a node that could not read changes for as long as they are kept', { jobs: 2 }, async t => {
  await Promise.all([
    t.test('lets its clients start again when others have deleted some', async t => {
      const here = await startServer(t)
      const there = await startServer(t, { DATABASE_URL: here.databaseUrl, JWT_SECRET: here.config.JWT_SECRET })
      const ada = await here.signIn()
      const back = returned(await ada.connect({ reconnection: true, reconnectionDelay: 10 }))
      const connections = await Promise.all(Array.from({ length: 10 }, () => here.app.db.$client.connect()))
      await until(() => failures(here.log()) === 1)
      await there.sql('UPDATE users SET own_version = own_version + 1 WHERE id = $1', [ada.id])
      await forgetChanges(there.app.db, (await readChanges(there.app.db)).next)
      await until(() => failures(here.log()) === patience, 60_000)
      for (const connection of connections) connection.release()
      t.equal(await back, 'transport close', 'they come back by themselves')
      t.match(here.log(), /changes were deleted before they were read/)
    }),

    t.test('or when there may be too many to read', async t => {
      const server = await startServer(t)
      const ada: Person = await server.signIn()
      const ear = await ada.connect({ reconnection: true, reconnectionDelay: 10 })
      const back = returned(ear)
      const lock = new pg.Client({ connectionString: server.databaseUrl })
      await lock.connect()
      await lock.query('BEGIN; LOCK TABLE changes')
      await until(() => failures(server.log()) === patience + 1, 70_000)
      await lock.end()
      t.equal(await back, 'transport close')
      t.equal((await ada.post('/groups', { name: 'Chess' })).status, 201)
      await ear.next('sync:required')
    }),
  ])
})
