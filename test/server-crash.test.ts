import t from 'tap'
import { call, until } from './support/server.ts'
import {
  createDataFolder, isUp, supervisorsOf, killNow, postgresOf, runningOn, signInAt, spawnServer,
} from './support/server-process.ts'

const folder = await createDataFolder(t)
const start = async () => {
  const server = spawnServer(t, { DATA_DIR: folder })
  return { ...server, url: await server.ready() }
}

t.test('when the server is killed, PostgreSQL ends by itself', async t => {
  const { pid, ended } = await start()
  const begun = Date.now()
  killNow(pid)
  t.equal(await ended, 'SIGKILL')
  await until(() => runningOn(folder).length === 0, 5_000)
  t.comment(`kill -9 of the server to PostgreSQL gone: ${Date.now() - begun} ms`)
})

t.test('when everything is killed at once, the next start has what was committed', async t => {
  const first = await start()
  const token = await signInAt(first.url)
  killNow(first.pid, ...supervisorsOf(folder), ...postgresOf(folder))
  await until(() => runningOn(folder).length === 0)
  const begun = Date.now()
  const next = await start()
  t.comment(`start after kill -9 of everything: ${Date.now() - begun} ms`)
  t.equal((await call(`${next.url}/api/v1/auth/me`, 'GET', { token })).status, 200)
  t.equal((await next.stop()).code, 0)
})

t.test('server and supervisor killed: the next start takes the running PostgreSQL over, and stops it', async t => {
  const { pid } = await start()
  const [postgres] = postgresOf(folder)
  killNow(pid, ...supervisorsOf(folder))
  const next = await start()
  t.equal(postgresOf(folder)[0], postgres)
  t.equal((await next.stop()).code, 0)
  t.same(runningOn(folder), [])
})

t.test('under a living server', async t => {
  const server = await start()
  const token = await signInAt(server.url)
  const me = () => call(`${server.url}/api/v1/auth/me`, 'GET', { token }).then(({ status }) => status)

  await t.test('a killed supervisor is replaced', async t => {
    const [supervisor] = supervisorsOf(folder)
    const [postgres] = postgresOf(folder)
    killNow(supervisor!)
    await until(() => supervisorsOf(folder).length === 1 && supervisorsOf(folder)[0] !== supervisor)
    t.equal(await me(), 200)
    t.equal(postgresOf(folder)[0], postgres)
  })

  await t.test('a killed PostgreSQL comes back and the server goes on with it', async t => {
    const begun = Date.now()
    killNow(...postgresOf(folder))
    await until(async () => !await isUp(server.url))
    await until(async () => await isUp(server.url))
    t.comment(`PostgreSQL killed to ready again: ${Date.now() - begun} ms`)
    t.equal(await me(), 200)
  })

  await t.test('it still stops with everything', async t => {
    t.equal((await server.stop('SIGINT')).code, 0)
    t.same(runningOn(folder), [])
  })
})
