import t from 'tap'
import { until } from './support/server.ts'
import { createDataFolder, isUp, postgresOf, runningOn, signInAt, spawnServer } from './support/server-process.ts'

const folder = await createDataFolder(t)
const spawn = () => spawnServer(t, { DATA_DIR: folder })

t.test('servers on one DATA_DIR', async t => {
  const servers = [spawn(), spawn()]
  const urls = await Promise.all(servers.map(server => server.ready()))

  await t.test('that start at the same moment, on an empty one, share a database and a secret', async t => {
    const [first, second] = await Promise.all(urls.map(url => signInAt(url)))
    t.ok(first && second)
    t.equal(runningOn(folder).filter(({ command }) => / -D /.test(command)).length, 1)
    for (const url of urls) {
      const response = await fetch(`${url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${first}` } })
      t.equal(response.status, 200)
    }
  })

  await t.test('that come later use the running database, which stays until the last of them stops', async t => {
    const [postgres] = postgresOf(folder)
    const third = spawn()
    const url = await third.ready()
    for (const server of servers) t.equal((await server.stop()).code, 0)
    t.equal(postgresOf(folder)[0], postgres)
    t.ok(await isUp(url))
    t.equal((await third.stop()).code, 0)
    t.same(runningOn(folder), [])
  })
})

t.test('servers that start while the last one stops come up all the same', async t => {
  let last = spawn()
  await last.ready()
  for (const head of [0, 250]) {
    const next = spawn()
    // The moment at which the one's supervisor meets the other's varies.
    await new Promise(resolve => setTimeout(resolve, head))
    const [{ code, ms }] = await Promise.all([last.stop(), next.ready()])
    t.equal(code, 0)
    t.comment(`stop beside a start: ${ms} ms`)
    last = next
  }
  t.equal((await last.stop()).code, 0)
  await until(() => runningOn(folder).length === 0)
})
