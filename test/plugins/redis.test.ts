import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { call, startServer, until } from '../support/server.ts'
import { startRedis, withoutRedis } from '../support/redis.ts'

const ready = async (url: string) => {
  const { status, body } = await call(`${url}/health/ready`, 'GET')
  return { status, redis: body.redis }
}

/** Speaks for a Redis, to whatever it is asked. Returns its address. */
async function startImpostor (t: Test, answer: (command: string) => string): Promise<string> {
  const server = createServer(socket => {
    socket.on('data', data => {
      // Each command is an array of strings, the first of which is its name.
      for (const [, name] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
        socket.write(answer(name!.toLowerCase()))
      }
    })
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a Redis that is too old, or wants another password, ends the start with a line that says so', async t => {
  const info = 'redis_version:6.2.14\r\nloading:0\r\n'
  const old = await startImpostor(
    t,
    name =>
      name === 'info' ? `$${info.length}\r\n${info}\r\n` : name === 'hello' ? '%1\r\n$5\r\nproto\r\n:3\r\n' : '+OK\r\n'
  )
  await t.rejects(startServer(t, { REDIS_URL: old }), {
    message: 'REDIS_URL: this Redis cannot be used: Redis 7 or newer is needed, this is 6.2.14',
  })
  const strict = await startImpostor(t, () => '-WRONGPASS invalid username-password pair\r\n')
  await t.rejects(startServer(t, { REDIS_URL: strict }), {
    message: 'REDIS_URL: this Redis cannot be used: WRONGPASS invalid username-password pair',
  })
})

t.test('a Redis that is away is waited for', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  await redis.kill()
  const server = await startServer(t, { REDIS_URL: redis.url, RATE_LIMIT_MAX: '10' })
  t.same(await ready(server.url), { status: 200, redis: 'disconnected' })
  const ada = await server.signIn()
  const ear = await ada.connect()
  t.equal((await ada.post('/groups', { name: 'Chess' })).status, 201)
  await ear.next('sync:required')

  await redis.start()
  await until(async () => (await ready(server.url)).redis === 'connected', 3_000)
  t.same(await server.app.redis!.commands.call('PUBSUB', 'SHARDNUMSUB', `convo#/#user:${ada.id}#`), [
    `convo#/#user:${ada.id}#`, 1,
  ], 'rooms from before are heard')
  await redis.kill()
  await until(() => server.log().split('Redis is away for').length === 5)
  t.equal(server.log().split('Redis is back for').length, 3, 'each turn is logged once a connection')

  await redis.start()
  await until(async () => (await ready(server.url)).redis === 'connected', 3_000)
  redis.freeze()
  const begun = Date.now()
  t.same(await ready(server.url), { status: 200, redis: 'disconnected' })
  t.ok(Date.now() - begun < 1_000, 'and one that says nothing is not waited for long')
  redis.thaw()
  await until(async () => (await ready(server.url)).redis === 'connected', 5_000)
})

t.test('one that does not let nodes talk to each other is of no use', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  const server = await startServer(t, { REDIS_URL: redis.url })
  await server.app.redis!.commands.call('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '+@all', 'resetchannels')
  const url = redis.url.replace('//', '//deaf:secret@')
  await t.rejects(startServer(t, { REDIS_URL: url }), { message: /^REDIS_URL: this Redis cannot be used: NOPERM/ })
})

t.test('what is no message of a node harms nobody', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  const server = await startServer(t, { REDIS_URL: redis.url })
  for (const message of ['[', '[1]', '{', Buffer.from([0xc0])]) {
    await server.app.redis!.commands.spublish('convo#/#', message)
  }
  const complaints = () => server.log().match(/no message of a node|an event of another node was dropped/g) ?? []
  await until(() => complaints().length === 3)
  t.same(await ready(server.url), { status: 200, redis: 'connected' })
})

t.test('without REDIS_URL nothing is said of it', async t => {
  const server = await startServer(t)
  t.same((await call(`${server.url}/health/ready`, 'GET')).body, { status: 'ok', database: 'connected' })
})
