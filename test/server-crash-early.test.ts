import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from './support/server.ts'
import { createDataFolder, killNow, runningOn, spawnServer } from './support/server-process.ts'

t.test('when the server is killed while its database is being made, nothing goes on', async t => {
  const folder = await createDataFolder(t)
  const server = spawnServer(t, { DATA_DIR: folder })
  await until(() => runningOn(folder).some(({ command }) => command.includes('initdb')))
  killNow(server.pid)
  await until(() => runningOn(folder).length === 0)
})

t.test('when server, supervisor and the making are killed, the next start begins anew and clears up', async t => {
  const folder = await createDataFolder(t)
  const server = spawnServer(t, { DATA_DIR: folder })
  await until(() => runningOn(folder).some(({ command }) => command.includes('initdb')))
  killNow(server.pid, ...runningOn(folder).map(({ pid }) => pid).filter(pid => pid !== server.pid))
  await until(() => runningOn(folder).length === 0)
  t.match(readdirSync(join(folder, 'postgres')), /draft-/)
  const next = spawnServer(t, { DATA_DIR: folder })
  await next.ready()
  t.same(readdirSync(join(folder, 'postgres')).sort(), ['data', 'password'])
  t.equal((await next.stop()).code, 0)
})
