import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createDataFolder, runningOn, spawnServer } from './support/server-process.ts'

const folder = await createDataFolder(t)

/** What a server with an embedded database says that does not start, line by line; nothing of it goes on. */
async function refusal (settings: Record<string, string> = {}, preload?: string): Promise<string[]> {
  const begun = Date.now()
  const server = spawnServer(t, { DATA_DIR: folder, ...settings }, { preload })
  t.equal(await server.ended, 1)
  t.same(runningOn(folder), [])
  t.equal(server.log(), '')
  t.comment(`refused after ${Date.now() - begun} ms`)
  return server.errors().trim().split('\n')
}

t.test('a port in use is said in one line', async t => {
  const busy = createServer().listen(0, '127.0.0.1')
  await once(busy, 'listening')
  t.teardown(() => busy.close())
  const { port } = busy.address() as AddressInfo
  t.same(
    await refusal({ PORT: String(port), SHUTDOWN_GRACE_MS: '300000' }),
    [`listen EADDRINUSE: address already in use 127.0.0.1:${port}`]
  )
})

t.test('a fault in building the server is said in one line', async t => {
  // As if a file of the installation were missing.
  const lines = await refusal({}, `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve (name, context, next) {
      if (name.includes('fake-google')) throw new Error('No such file.')
      return next(name, context)
    } })`)
  t.same(lines, ['No such file.'])
})

t.test('a database of another version is said in one line', async t => {
  await writeFile(join(folder, 'postgres', 'data', 'PG_VERSION'), '15\n')
  const lines = await refusal()
  t.match(lines, [/^PostgreSQL does not start in .*FATAL: .*incompatible/])
  t.equal(lines.length, 1)
})
