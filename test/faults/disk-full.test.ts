import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Message } from '../../src/modules/messages/schemas.ts'
import { call, createDataDir, until } from '../support/server.ts'
import { createDataFolder, postgresOf, spawnServer } from '../support/server-process.ts'
import { startCluster, type BreakableCluster } from '../support/faults/cluster.ts'
import {
  ask, checkSound, checkStatuses, checkStored, connectClient, createGroup, signUp,
} from '../support/faults/load.ts'

// This file runs once more, in a process with mounts of its own: whatever happens, they are gone with it.
if (process.env.OWN_MOUNTS === undefined && spawnSync('unshare', ['--mount', 'true']).status === 0) {
  const { status } = spawnSync('unshare', ['--mount', process.execPath, ...process.execArgv, import.meta.filename], {
    stdio: 'inherit', env: { ...process.env, OWN_MOUNTS: 'yes' },
  })
  process.exit(status ?? 1)
}

/** Takes all the room there is; returns what gives it back. */
async function fillDisk (folder: string): Promise<() => Promise<void>> {
  const filler = join(folder, 'filler')
  for (const size of [2 ** 20, 2 ** 12]) {
    const bytes = Buffer.alloc(size)
    for (let isFull = false; !isFull;) isFull = await appendFile(filler, bytes).then(() => false, () => true)
  }
  return () => rm(filler)
}

/** Every row can be read, and every index has exactly those. */
async function checkIntact (t: Test, cluster: BreakableCluster): Promise<void> {
  await cluster.sql('CREATE EXTENSION IF NOT EXISTS amcheck')
  t.same(await cluster.sql(`
    SELECT relname, fault.* FROM pg_class, LATERAL verify_heapam(oid) AS fault
    WHERE relkind IN ('r', 't')`), [])
  await cluster.sql(`
    SELECT bt_index_check(i.indexrelid, true) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE a.amname = 'btree' AND i.indisvalid`)
}

t.test('with the disk of PostgreSQL full', async t => {
  if (process.env.OWN_MOUNTS === undefined) {
    t.comment('skipped: needs to be root and to mount a file system')
    return
  }
  const folder = await createDataFolder(t)
  await mkdir(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'none', folder])
  t.teardown(() => { execFileSync('umount', ['--lazy', folder]) })
  const cluster = await startCluster(t, join(folder, 'postgres'))
  const server = spawnServer(t, { DATABASE_URL: cluster.url, DATA_DIR: await createDataDir(t) })
  const url = await server.ready()
  const ada = await signUp(url, 'ada')
  const groupId = await createGroup([ada])
  const { socket } = await connectClient(t, ada)
  const acknowledged: Message[] = []

  /** Sends a long message, over HTTP and the socket, and returns whether both were stored. */
  async function send (): Promise<boolean> {
    const [text, other] = [randomBytes(1_000).toString('hex'), randomBytes(1_000).toString('hex')]
    const [answer, reply] = await Promise.all([
      ask(ada, 'POST', `/conversations/${groupId}/messages`, { text }),
      socket.timeout(10_000).emitWithAck('message:send', { conversationId: groupId, text: other }),
    ])
    if (answer.status === 201) acknowledged.push(answer.body.message)
    if (reply.ok) acknowledged.push(reply.message)
    return answer.status === 201 && reply.ok
  }

  async function checkBack (t: Test, since: number): Promise<void> {
    await until(send, 10_000)
    t.comment(`sends again ${Date.now() - since} ms after there was room`)
    checkStatuses(t)
    await checkStored(t, cluster, acknowledged)
    await checkIntact(t, cluster)
  }

  await t.test('sends are answered with 503, nothing is lost, and it goes on when there is room', async t => {
    t.ok(await send())
    const free = await fillDisk(folder)
    await until(async () => !await send())
    for (let i = 0; i < 20; i++) t.notOk(await send())
    t.equal((await ask(ada, 'GET', `/conversations/${groupId}/messages`)).status, 200, 'one can still read')
    t.equal((await call(`${url}/health`, 'GET')).status, 200)
    await free()
    await checkBack(t, Date.now())
  })

  await t.test('even if PostgreSQL went down, having no room for its log', async t => {
    const free = await fillDisk(folder)
    await until(async () => {
      await cluster.sql('SELECT pg_switch_wal(), pg_logical_emit_message(false, \'\', \'\')').catch(() => {})
      await send()
      return postgresOf(folder).length === 0
    }, 30_000)
    t.notOk(await send())
    t.equal((await call(`${url}/health`, 'GET')).status, 200)
    await free()
    const since = Date.now()
    await cluster.start()
    await checkBack(t, since)
  })

  await t.test('the server has stayed the same process, and is well', t => checkSound(t, server))
})
