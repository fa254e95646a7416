import pg from 'pg'
import t from 'tap'
import { startServer } from '../helper.ts'

const server = await startServer(t)

t.test('a node that could not read changes for as long as they are kept lets its clients start again', async t => {
  const ada = await server.signIn()
  const ear = await ada.connect({ reconnection: true, reconnectionDelay: 10 })
  const gone = ear.gone()
  const lock = new pg.Client({ connectionString: server.databaseUrl })
  await lock.connect()
  t.teardown(() => lock.end())
  await lock.query('BEGIN; LOCK TABLE changes')
  const release = setTimeout(() => lock.query('COMMIT'), 55_000)
  t.teardown(() => clearTimeout(release))

  t.equal(await gone, 'transport close', 'they come back by themselves')
  await new Promise<void>(resolve => ear.socket.once('connect', resolve))
  t.match(server.log(), /changes were not read for too long/)
  t.equal((await ada.post('/groups', { name: 'Chess' })).status, 201)
  await ear.next('sync:required')
})
