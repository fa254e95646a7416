import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { openCluster } from '../../src/development/postgres-cluster.ts'
import { createDataFolder, postgresOf, runningOn } from '../support/server-process.ts'
import { beRoot } from '../support/development/pretend.ts'

const folder = await createDataFolder(t)
const other = await createDataFolder(t)
const home = join(folder, 'postgres')
const fast = ['fsync=off']
const lockFile = (of: string) => readFile(join(of, 'postgres', 'data', 'postmaster.pid'), 'utf8')

t.test('a cluster is made once, by however many at once, and then the same for all', async t => {
  const clusters = await Promise.all([1, 2, 3].map(() => openCluster(home, fast)))
  t.equal(new Set(clusters.map(({ url }) => url('postgres'))).size, 1)
  t.equal(postgresOf(folder).length > 0, true)
  await clusters[0]!.stop()
  t.same(runningOn(folder), [])
})

t.test('as root, it belongs to a user without rights', async t => {
  await beRoot(t)
  const rooted = await createDataFolder(t)
  const cluster = await openCluster(rooted, fast)
  t.not((await stat(join(rooted, 'data'))).uid, 0)
  await cluster.stop()
})

t.test('a folder that another password was made for is refused, whether it runs or not', async t => {
  const cluster = await openCluster(home, fast)
  await rename(join(home, 'password'), join(home, 'password-kept'))
  await t.rejects(openCluster(home, fast), { message: /^PostgreSQL does not start in [^\n]*password[^\n]*$/ })
  t.not(postgresOf(folder).length, 0, 'the running one goes on')
  await cluster.stop()
  await t.rejects(openCluster(home, fast), { message: /does not accept the password/ })
  t.same(runningOn(folder), [], 'one that was started for nothing does not')
  await rename(join(home, 'password-kept'), join(home, 'password'))
})

t.test('a copy of a running folder is not taken for the folder', async t => {
  const cluster = await openCluster(home, fast)
  await promisify(execFile)('cp', ['-a', folder, other])
  // The process of that number is no PostgreSQL of the copy; the port is the original's.
  const lines = (await lockFile(other)).split('\n')
  await writeFile(join(other, 'postgres', 'data', 'postmaster.pid'), ['4194303', ...lines.slice(1)].join('\n'))
  const copy = await openCluster(join(other, 'postgres'), fast)
  t.not(copy.url('postgres'), cluster.url('postgres'))
  await copy.stop()
  t.not(postgresOf(folder).length, 0)
  await cluster.stop()
})

t.test('one that does not come to answer in time is given up and stopped', async t => {
  const signal = join(home, 'data', 'standby.signal')
  const { uid, gid } = await stat(join(home, 'data'))
  await writeFile(signal, '')
  await promisify(execFile)('chown', [`${uid}:${gid}`, signal])
  await t.rejects(openCluster(home, [...fast, 'hot_standby=off'], 2_000), {
    message: /^PostgreSQL does not start in [^\n]*$/,
  })
  t.same(runningOn(folder), [])
})

t.test('a damaged one is refused with what PostgreSQL says', async t => {
  await writeFile(join(home, 'data', 'global', 'pg_control'), 'damaged')
  const begun = Date.now()
  await t.rejects(openCluster(home, fast), {
    message: /^PostgreSQL does not start in [^\n]*(FATAL|PANIC)[^\n]*pg_control[^\n]*$/,
  })
  t.comment(`refused after ${Date.now() - begun} ms`)
  t.same(runningOn(folder), [])
})

t.test('one that cannot be made is refused with the reason', async t => {
  const empty = await createDataFolder(t)
  await mkdir(empty)
  await writeFile(join(empty, 'password'), '')
  await t.rejects(openCluster(empty), { message: /^initdb: error: password file [^\n]* is empty$/ })
})

t.test('a folder that is none is refused with the reason', async t => {
  const empty = await createDataFolder(t)
  await mkdir(join(empty, 'data'), { recursive: true })
  await t.rejects(openCluster(empty), { message: /^PostgreSQL does not start in [^\n]*: pg_ctl: [^\n]*$/ })
})
