import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createDatabase, createFolder, until } from './helper.ts'
import { spawnServer } from './server-process.ts'

/** A server with a request under way whose end never comes, unless it is `finish`ed. */
async function startBusy (preload?: string) {
  const server = spawnServer(t, { DATABASE_URL: await createDatabase(t), DATA_DIR: await createFolder(t) }, { preload })
  const url = new URL(await server.ready())
  const caller = connect(Number(url.port), url.hostname)
  caller.on('error', () => {})
  await once(caller, 'connect')
  caller.write('POST /dev/google/token HTTP/1.1\r\nhost: convo\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{')
  // The answer to a later request shows that this one has arrived.
  await fetch(new URL('/health', url))
  t.teardown(() => caller.destroy())
  return { ...server, finish: () => caller.write('}') }
}

t.jobs = 4

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
  t.ok(Date.now() - begun < 3_000)
})

t.test('a stop that hangs ends by itself before Docker would kill it', async t => {
  const { stop } = await startBusy()
  const { code, ms } = await stop('SIGTERM')
  t.equal(code, 1)
  t.ok(ms > 7_000 && ms < 10_000, `${ms} ms`)
})

t.test('requests under way are answered before the server ends', async t => {
  const { child, log, ended, finish } = await startBusy()
  child.kill('SIGTERM')
  await until(() => log().includes('stopping: SIGTERM'))
  finish()
  t.equal(await ended, 0)
  t.match(log(), /"statusCode":400/)
})

for (const [title, fault] of [['an exception', 'throw new Error("nobody")'], ['a rejection', 'Promise.reject(new Error("nobody"))']]) {
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
