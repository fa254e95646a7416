import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { io } from 'socket.io-client'
import t from 'tap'
import { call, createDatabase, createDataDir, until } from './support/server.ts'
import { signInAt, spawnServer } from './support/server-process.ts'

/** A server with a request under way whose end never comes, unless it is `finish`ed. */
async function startBusy (preload?: string) {
  const server = spawnServer(t, {
    DATABASE_URL: await createDatabase(t), DATA_DIR: await createDataDir(t),
  }, { preload })
  const url = new URL(await server.ready())
  const caller = connect(Number(url.port), url.hostname).setEncoding('utf8')
  let received = ''
  caller.on('error', () => {}).on('data', (text: string) => { received += text })
  const answers = new Promise<string>(resolve => caller.once('close', () => resolve(received)))
  await once(caller, 'connect')
  caller.write(
    'POST /dev/google/token HTTP/1.1\r\nhost: convo\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{'
  )
  // The answer to a later request shows that this one has arrived.
  await fetch(new URL('/health', url))
  t.teardown(() => caller.destroy())
  return { ...server, url, finish: (more = '') => caller.write(`}${more}`), answers }
}

t.jobs = 2

t.test('a second signal at once is the same Ctrl-C, a later one ends a stop that hangs', async t => {
  const { child, log, ended } = await startBusy()
  child.kill('SIGINT')
  await until(() => log().includes('stopping: SIGINT'))
  child.kill('SIGINT')
  await sleep(600)
  t.equal(child.exitCode, null)
  const begun = Date.now()
  child.kill('SIGINT')
  t.equal(await ended, 1)
  t.comment(`second signal to end: ${Date.now() - begun} ms`)
  t.ok(Date.now() - begun < 5_000)
})

t.test('a stop that hangs ends by itself before Docker would kill it', async t => {
  const { stop } = await startBusy()
  const { code, ms } = await stop('SIGTERM')
  t.equal(code, 1)
  t.ok(ms > 7_000 && ms < 15_000, `${ms} ms`)
})

t.test('requests under way are answered before the server ends, but no socket connects any more', async t => {
  const { child, url, ended, finish, answers } = await startBusy()
  child.kill('SIGTERM')
  // Sockets are refused before listening ends.
  await until(() => fetch(new URL('/health', url)).then(() => false, () => true))
  finish('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: convo\r\n\r\n')
  t.equal(await ended, 0)
  t.match(await answers, /^HTTP\/1.1 400 [^]*HTTP\/1.1 403 [^]*The server is stopping\.[^]*$/)
})

t.test('in the grace period only load balancers are turned away, and a second signal ends it at once', async t => {
  const { child, log, ended, ready } = spawnServer(t, {
    DATABASE_URL: await createDatabase(t), DATA_DIR: await createDataDir(t), SHUTDOWN_GRACE_MS: '300000',
  })
  const url = await ready()
  const token = await signInAt(url)
  const connectSocket = async () => {
    const socket = io(url, { auth: { token }, forceNew: true, transports: ['websocket'] })
    t.teardown(() => socket.disconnect())
    await new Promise<void>(resolve => socket.once('connect', resolve))
    return socket
  }
  const before = await connectSocket()
  child.kill('SIGTERM')
  await until(() => log().includes('stopping: SIGTERM'))
  const signalled = Date.now()

  const { status, body } = await call(`${url}/health/ready`, 'GET')
  t.same({ status, body }, { status: 503, body: { status: 'unavailable', database: 'connected' } })
  t.equal((await call(`${url}/health`, 'GET')).status, 200)
  const group = await call(`${url}/api/v1/groups`, 'POST', { token, json: { name: 'Late' } })
  t.equal(group.status, 201)
  for (const socket of [before, await connectSocket()]) {
    t.match(
      await socket.emitWithAck('message:send', { conversationId: group.body.conversation.id, text: 'Still here' }),
      { ok: true }
    )
  }

  await sleep(signalled + 600 - Date.now())
  const begun = Date.now()
  child.kill('SIGTERM')
  t.equal(await ended, 1)
  t.ok(Date.now() - begun < 3_000, `${Date.now() - begun} ms`)
})

for (const [
  title, fault,
] of [['an exception', 'throw new Error("nobody")'], ['a rejection', 'Promise.reject(new Error("nobody"))']]) {
  t.test(`${title} that nobody catches is logged and ends the server after a drain`, async t => {
    const { child, log, ended, finish } = await startBusy(`process.on("SIGUSR2", () => { ${fault} })`)
    child.kill('SIGUSR2')
    await until(() => log().includes('stopping: a fault nobody caught'))
    child.kill('SIGUSR2')
    await until(() => log().split('"level":60').length === 3)
    finish()
    t.equal(await ended, 1)
    t.match(log(), /"statusCode":400/)
    t.match(log(), /"level":60.*nobody/)
  })
}
