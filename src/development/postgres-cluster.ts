import { randomBytes, randomUUID } from 'node:crypto'
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { chooseOwner, findBinaries, runAs, type Binaries, type ClusterOwner } from './postgres-binaries.ts'
import { keepSecret } from './secrets.ts'

const user = 'convo'
const attempts = 6

/** A PostgreSQL in a folder of its own, reachable from this machine only. */
export interface Cluster {
  /** Address of one of its databases. */
  url: (database: string) => string
  stop (): Promise<void>
}

async function freePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

const exists = (path: string) => stat(path).then(() => true, () => false)

async function removeDrafts (home: string): Promise<void> {
  const drafts = (await readdir(home)).filter(name => name.startsWith('draft-'))
  await Promise.all(drafts.map(name => rm(join(home, name), { recursive: true, force: true })))
}

/** Made beside its place and moved there when complete, so that half a cluster is never taken for one. */
async function initialise (
  binaries: Binaries, owner: ClusterOwner | undefined, home: string, password: string
): Promise<void> {
  const data = join(home, 'data')
  if (await exists(data)) return
  const draft = await mkdtemp(join(home, 'draft-'))
  try {
    const passwordFile = join(draft, 'password')
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (owner) {
      await chown(draft, owner.uid, owner.gid)
      await chown(passwordFile, owner.uid, owner.gid)
    }
    await runAs(owner, binaries.initdb, [
      `--pgdata=${join(draft, 'data')}`, `--username=${user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256',
      '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8',
    ])
    await rename(join(draft, 'data'), data)
    // With them go those of starts that were killed, or that come too late.
    await removeDrafts(home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another server that started at the same moment may have been faster.
    if (!await exists(data)) throw error
  }
}

/** Process id and port of a server that says it runs on this folder, whether or not it still does. */
async function readLockFile (data: string): Promise<{ pid: number, port: number } | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return pid && port ? { pid, port } : undefined
}

async function isHeld (data: string): Promise<boolean> {
  try {
    return process.kill((await readLockFile(data))!.pid, 0)
  } catch {
    return false
  }
}

/** A client whose lost connection is the matter of whoever waits for its answer, not of the whole process. */
export function createClient (url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url, application_name: 'convo supervisor', connectionTimeoutMillis: 2_000,
  })
  client.on('error', () => {})
  return client
}

/** Whether the cluster of this folder answers at that address: the port may be another's by now, the folder a copy. */
async function ask (url: string, data: string): Promise<'here' | 'elsewhere' | 'refused'> {
  const client = createClient(url)
  async function look () {
    await client.connect()
    const { rows: [row] } = await client.query<{ folder: string }>("SELECT current_setting('data_directory') AS folder")
    return (await stat(row!.folder)).ino === (await stat(data)).ino ? 'here' : 'elsewhere'
  }
  const answer = await look().catch(({ code }: pg.DatabaseError) => code === '28P01' ? 'refused' : 'elsewhere')
  await client.end()
  return answer
}

async function lastWords (log: string): Promise<string | undefined> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n')
  return lines.findLast(line => /FATAL|PANIC/.test(line))
}

/**
 * The cluster of `home`: the one that runs already, else started, else made. Throws with one line that says why not.
 * @param patience how long recovery after a crash may take, in milliseconds
 */
export async function openCluster (home: string, settings: string[] = [], patience = 60_000): Promise<Cluster> {
  const binaries = await findBinaries()
  await mkdir(home, { recursive: true })
  const data = join(home, 'data')
  const log = join(data, 'server.log')
  const password = await keepSecret(home, 'password', () => randomBytes(24).toString('hex'))
  const owner = await chooseOwner()
  await initialise(binaries, owner, home, password)

  const name = `start-${randomUUID()}`
  const urlAt = (port: number) => (database: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
  const { uid, gid } = await stat(data)
  const control = (...args: string[]) => runAs(owner && { uid, gid }, binaries.pg_ctl, ['--pgdata', data, ...args])

  async function start (): Promise<void> {
    const flags = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port: String(
        await freePort()
      ),
      timezone: 'UTC',
      cluster_name: name
    }
    const options = [
      ...Object.entries(flags).map(([name, value]) => `-c ${name}='${value}'`),
      ...settings.map(setting => `-c ${setting}`),
    ]
    if (!await readLockFile(data)) await rm(log, { force: true })
    await control('--wait', `--timeout=${patience / 1_000}`, '--log', log, '--options', options.join(' '), 'start')
  }

  // Not by pg_ctl's own waiting: that goes on when another server starts it again at once.
  async function stop (mode: string): Promise<void> {
    const running = await readLockFile(data)
    await control(`--mode=${mode}`, '--no-wait', 'stop')
    while ((await readLockFile(data))?.pid === running?.pid) await sleep(20)
  }

  async function giveUp (reason: string | undefined): Promise<never> {
    const ours = await readFile(join(data, 'postmaster.opts'), 'utf8')
      .then(options => options.includes(name), () => false)
    if (ours) await stop('immediate').catch(() => {})
    throw new Error(`PostgreSQL does not start in ${home}: ${reason}`)
  }

  // A start fails while another server is starting too, or while the last of a crashed one goes away.
  let failures = 0
  for (const deadline = Date.now() + patience; ;) {
    const running = await readLockFile(data)
    const answer = running && await ask(urlAt(running.port)('postgres'), data)
    if (answer === 'here') return { url: urlAt(running!.port), stop: () => stop('fast') }
    const fault = await start().then(() => undefined, (error: Error) => error)
    // Waiting does not help much if nobody else has the folder, or somebody with another password.
    if (fault && (answer === 'refused' || !await isHeld(data))) failures++
    if (failures === attempts || Date.now() > deadline) {
      return giveUp(
        answer === 'refused' ? 'it does not accept the password beside it' : await lastWords(log) ?? fault?.message
      )
    }
    if (fault) await sleep(200)
  }
}
