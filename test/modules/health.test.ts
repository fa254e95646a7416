import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import packageJson from '../../package.json' with { type: 'json' }
import { call, startServer, until } from '../support/server.ts'

t.test('health is told under both addresses, to anyone', async t => {
  const server = await startServer(t)
  for (const base of [server.url, `${server.url}/api/v1`]) {
    const { status, body } = await call(`${base}/health`, 'GET')
    t.equal(status, 200)
    t.same(Object.keys(body), ['status', 'timestamp', 'version'])
    t.match(body, { status: 'ok', version: packageJson.version })
    t.ok(Math.abs(Date.parse(body.timestamp) - Date.now()) < 5_000)

    const ready = await call(`${base}/health/ready`, 'GET')
    t.same({ status: ready.status, body: ready.body }, { status: 200, body: { status: 'ok', database: 'connected' } })
  }
  t.equal((await fetch(`${server.url}/health`, { method: 'HEAD' })).status, 200)
})

t.test('a server that is stopping answers what is under way, and is alive but not ready', async t => {
  const server = await startServer(t)
  const body = JSON.stringify({ email: 'ada@example.com', name: 'Ada' })

  /** A connection in the midst of a request, which ends it and asks something else. */
  async function busyConnection () {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8')
    let answers = ''
    socket.on('data', (chunk: string) => { answers += chunk })
    const begun = once(server.app.server, 'request')
    socket.write('POST /dev/google/token HTTP/1.1\r\nHost: x\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`)
    await begun
    return async (path: string) => {
      socket.write(`${body}GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await once(socket, 'close')
      return answers.split(/(?=HTTP\/1\.1)/)
    }
  }

  const connections = [await busyConnection(), await busyConnection(), await busyConnection()] as const
  const closing = server.app.close()
  await until(() => !server.app.server.listening)

  const [health, ready, other] = await Promise.all([
    connections[0]('/health'), connections[1]('/api/v1/health/ready'), connections[2]('/api/v1/users'),
  ])
  for (const [first, second] of [health, ready, other]) {
    t.match(first, /^HTTP\/1.1 200 OK[^]*"idToken"/)
    t.match(second, /connection: close\r\n/i)
    t.match(second, /x-request-id: /i)
  }
  t.match(health[1], /^HTTP\/1.1 200 OK[^]*"status":"ok"/)
  t.match(ready[1], /^HTTP\/1.1 503 Service Unavailable[^]*{"status":"unavailable","database":"connected"}$/)
  t.match(other[1], /^HTTP\/1.1 401 Unauthorized[^]*"code":"UNAUTHENTICATED"/)
  await closing
})

t.test('a database that takes no writes is not ready, and is again when it does', async t => {
  const server = await startServer(t)
  const ada = await server.signIn()
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  const name = new URL(server.databaseUrl).pathname.slice(1)
  const ready = async () => {
    const { status, body } = await call(`${server.url}/health/ready`, 'GET')
    return [status, body.database]
  }

  await server.sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  await server.sql(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'convo'`, [name])
  await until(async () => (await ready())[1] === 'read-only')
  t.equal((await ready())[0], 503)
  t.match(await ada.post(`/conversations/${id}/messages`, { text: 'Hello' }), {
    status: 503, body: { code: 'UNAVAILABLE' },
  })
  t.equal((await ada.get('/conversations')).status, 200, 'what is there can be read')

  await server.sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
  await until(async () => (await ready())[0] === 200)
  await until(async () => (await ada.post(`/conversations/${id}/messages`, { text: 'Hello' })).status === 201)
})
