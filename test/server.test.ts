import { request, Agent } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { io } from 'socket.io-client'
import t from 'tap'
import { call, until } from './support/server.ts'
import { createDataFolder, runningOn, signInAt, spawnServer } from './support/server-process.ts'

const folder = await createDataFolder(t)
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
let token: string
let conversationId: string

t.test('the first start makes a database and says where everything is', async t => {
  const begun = Date.now()
  const server = spawnServer(t, { DATA_DIR: folder })
  const url = await server.ready()
  t.comment(`first start to ready: ${Date.now() - begun} ms`)
  t.match(server.log(), `API: ${url}/api/v1`)
  t.match(server.log(), `documentation: ${url}/docs`)
  t.match(server.log(), `development sign-in: POST ${url}/dev/google/token`)
  t.equal((await call(`${url}/health/ready`, 'GET')).status, 200)
  t.match((await call(`${url}/docs`, 'GET')).status, 200)

  token = await signInAt(url)
  conversationId = (await call(`${url}/api/v1/groups`, 'POST', { token, json: { name: 'Kept' } })).body.conversation.id
  await call(`${url}/api/v1/conversations/${conversationId}/messages`, 'POST', { token, json: { text: 'Hello' } })

  const socket = io(url, { auth: { token }, reconnection: false, transports: ['websocket'] })
  await new Promise<void>(resolve => socket.once('connect', resolve))
  const agent = new Agent({ keepAlive: true })
  const asked = request(`${url}/health`, { agent })
  asked.end()
  const [response] = await once(asked, 'response')
  response.resume()
  await once(response, 'end')

  const { code, ms } = await server.stop('SIGINT')
  t.comment(`SIGINT to end: ${ms} ms`)
  t.equal(code, 0)
  t.ok(ms < 5_000, 'soon, though a socket and a connection were open; an idle machine takes less than a second')
  t.same(runningOn(folder), [], 'and nothing goes on')
  socket.disconnect()
  agent.destroy()
})

t.test('the second start has everything of the first', async t => {
  const begun = Date.now()
  const server = spawnServer(t, { DATA_DIR: folder })
  const url = await server.ready()
  t.comment(`second start to ready: ${Date.now() - begun} ms`)
  const { status, body } = await call(`${url}/api/v1/conversations/${conversationId}/messages`, 'GET', { token })
  t.equal(status, 200, 'the token is still good')
  t.match(body.messages, [{ text: 'Hello' }])

  await t.test('its secrets are readable by their owner alone', async t => {
    for (const name of ['jwt-secret', 'postgres/password']) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  })

  await t.test('its database is reached from this machine only, with the password', async t => {
    const port = Number(read('postgres/data/postmaster.pid').split('\n')[3])
    const tell = (url: string) => new pg.Client(url).connect().then(() => 'connected', error => error.code)
    t.equal(await tell(`postgresql://convo:wrong@127.0.0.1:${port}/convo`), '28P01')
    t.equal(await tell(`postgresql://convo:${read('postgres/password')}@127.0.0.1:${port}/none`), '3D000')
    for (const { address, family, internal } of Object.values(networkInterfaces()).flatMap(list => list!)) {
      if (internal || family !== 'IPv4') continue
      for (const other of [port, Number(new URL(url).port)]) {
        const [error] = await once(connect(other, address), 'error').catch(error => [error])
        t.equal(error.code, 'ECONNREFUSED', `not on ${family} of the network`)
      }
    }
  })

  const { code, ms } = await server.stop('SIGTERM')
  t.comment(`SIGTERM to end: ${ms} ms`)
  t.equal(code, 0)
  t.ok(ms < 5_000)
  t.same(runningOn(folder), [])
})

t.test('Ctrl-C in a terminal reaches npm and the server, and npm passes it on: it stops once', async t => {
  const server = spawnServer(t, { DATA_DIR: folder }, { command: ['npm', 'start'], detached: true })
  const url = await server.ready()
  process.kill(-server.pid, 'SIGINT')
  t.equal(await server.ended, 0)
  t.equal(server.log().split('stopping: SIGINT').length, 2)
  t.notMatch(server.log() + server.errors(), /npm error|fault/)
  t.equal(await call(`${url}/health`, 'GET').catch(() => 'gone'), 'gone')
  await until(() => runningOn(folder).length === 0, 2_000)
})

t.test('a signal to npm alone stops the server too', async t => {
  const server = spawnServer(t, { DATA_DIR: folder }, { command: ['npm', 'start'] })
  await server.ready()
  t.equal((await server.stop('SIGTERM')).code, 0)
  t.same(runningOn(folder), [])
})

t.test('Ctrl-C while the database is still being started leaves nothing behind', async t => {
  const server = spawnServer(t, { DATA_DIR: folder })
  await until(() => runningOn(folder).length > 0)
  await server.stop('SIGINT')
  await until(() => runningOn(folder).length === 0)
})
