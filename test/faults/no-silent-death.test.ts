import { once } from 'node:events'
import { connect } from 'node:net'
import pg from 'pg'
import t, { type Test } from 'tap'
import { call, createDatabase, createDataDir, until } from '../support/server.ts'
import {
  addressIds, badRequests, bodies, connectBare, eventNames, hellos, nested, packets, payloads,
} from '../support/hostile.ts'
import { isUp, spawnServer } from '../support/server-process.ts'
import { ask, checkSound, checkStatuses, createGroup, listen, signUp } from '../support/faults/load.ts'

const databaseUrl = await createDatabase(t)
const server = spawnServer(t, { DATABASE_URL: databaseUrl, DATA_DIR: await createDataDir(t) })
const url = await server.ready()
const ada = await signUp(url, 'ada')
const groupId = await createGroup([ada])
const ear = await listen(t, ada)

interface Operation { method: string, path: string }

async function listOperations (): Promise<Operation[]> {
  const { body: { paths } } = await call(`${url}/docs/openapi.json`, 'GET')
  return Object.entries<object>(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map(method => ({ method: method.toUpperCase(), path })))
    // Which would leave nobody to go on with.
    .filter(({ path }) => !path.endsWith('/logout'))
}

const operations = await listOperations()
const queries = [
  'limit=x', 'limit=1&limit=2', 'cursor=%00', 'search=%ff', 'search=a%00b', '__proto__=x', 'for=nobody',
  'markRead=maybe', 'afterSeq=1e99',
]
const types = ['application/json', 'text/plain', 'multipart/form-data', 'multipart/form-data; boundary=x', ';']

async function throwRequests (t: Test): Promise<void> {
  const send = (method: string, address: string, options: Parameters<typeof call>[2] = {}) =>
    call(url + address, method, { token: ada.token, ...options })
  for (const { method, path } of operations) {
    const of = (id: string) => path.replaceAll(/{\w+}/g, id)
    await Promise.all([
      ...addressIds.map(id => send(method, of(id))),
      ...queries.map(query => send(method, `${of(groupId)}?${query}`)),
      ...method === 'GET'
        ? []
        : bodies.map(
          (body, i) => send(method, of(groupId), { body, headers: { 'content-type': types[i % types.length]! } })
        ),
    ])
  }
  for (const bytes of badRequests) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').resume()
    socket.write(bytes)
    await once(socket, 'close')
  }
  checkStatuses(t, 400, 404, 415)
}

async function throwEvents (t: Test): Promise<void> {
  for (const name of eventNames) {
    for (const payload of payloads) ear.socket.emit(name, payload)
    const answers = await Promise.all([
      ...payloads.map(payload => ear.ask(name, payload)), ear.ask(name), ear.ask(name, 1, 2, {}, null),
    ])
    t.same(answers.filter(({ ok, error }) => ok || ![400, 503].includes(error.statusCode)), [], name.slice(0, 20))
  }
}

/** With a token as somebody who is admitted, else as somebody who is not. */
async function throwPackets (t: Test, token?: string): Promise<void> {
  const frames = [
    ...packets,
    ...hellos,
    ...nested.flatMap(deep => [`421["message:send",${deep}]`, `42["typing:start",{"conversationId":${deep}}]`]),
  ]
  for (let i = 0; i < frames.length; i += 10) {
    await Promise.all(frames.slice(i, i + 10).map(async frame => {
      const bare = await connectBare(t, url, token)
      bare.socket.send(frame)
      bare.socket.send(Buffer.from([0, 1, 2, 255]))
      bare.socket.send('427["typing:stop",{}]')
      await until(() => bare.isClosed() || bare.heard.some(heard => /^4(4|37)/.test(heard)))
      bare.socket.close()
    }))
  }
}

t.test('whatever clients send', async t => {
  t.ok(operations.length > 20)
  await throwRequests(t)
  await throwEvents(t)
  await throwPackets(t, ada.token)
  await throwPackets(t)
})

t.test('also while the database is away', async t => {
  const admin = new pg.Client(process.env.TEST_DATABASE_URL)
  await admin.connect()
  t.teardown(() => admin.end())
  const database = new URL(databaseUrl).pathname.slice(1)
  await admin.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`)
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database])
  await until(async () => !await isUp(url))

  await throwRequests(t)
  await throwEvents(t)
  await throwPackets(t)
  t.match(await listen(t, ada).catch(error => error.data), { code: 'UNAVAILABLE' })

  await admin.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`)
  await until(() => isUp(url))
  t.equal((await ask(ada, 'POST', `/groups/${groupId}/join`)).status, 200)
})

t.test('the server has stayed the same process, and is well', t => checkSound(t, server))
