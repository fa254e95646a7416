import { chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { chooseOwner, findBinaries, runAs, type Binaries, type ClusterOwner } from './postgres-binaries.ts'
import { keepSecret } from './secrets.ts'
import { randomBytes } from 'node:crypto'

const user = 'convo'
const startDeadline = 20_000

/** A PostgreSQL in a folder of its own, reachable from this machine only. */
export interface Cluster {
  /** Address of one of its databases. */
  url (database: string): string
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

/** Made beside its place and moved there when complete, so that half a cluster is never taken for one. */
async function initialise (binaries: Binaries, owner: ClusterOwner | undefined, home: string, password: string): Promise<void> {
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
  } catch (error) {
    // Another server that started at the same moment may have been faster.
    if (!await exists(data)) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The port of a server that says it runs on this folder, whether or not it still does. */
async function recordedPort (data: string): Promise<number | undefined> {
  const lines = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  return Number(lines.split('\n')[3]) || undefined
}

async function answers (url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  return client.connect().then(() => client.end()).then(() => true, () => false)
}

async function lastWords (log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n')
  return lines.findLast(line => /FATAL|PANIC/.test(line)) ?? 'its log is empty'
}

/** The cluster of `home`: the one that runs already, else started, else made. Throws with one line that says why not. */
export async function openCluster (home: string, settings: string[] = []): Promise<Cluster> {
  const binaries = await findBinaries()
  await mkdir(home, { recursive: true })
  const data = join(home, 'data')
  const log = join(home, 'data', 'server.log')
  const password = await keepSecret(home, 'password', () => randomBytes(24).toString('hex'))
  const owner = await chooseOwner()
  await initialise(binaries, owner, home, password)

  const urlAt = (port: number) => (database: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
  const dataOwner = owner && await stat(data)
  const control = (...args: string[]) => runAs(dataOwner, binaries.pg_ctl, ['--pgdata', data, ...args])

  async function findRunning (): Promise<number | undefined> {
    const port = await recordedPort(data)
    return port !== undefined && await answers(urlAt(port)('postgres')) ? port : undefined
  }

  async function start (): Promise<void> {
    const flags = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(await freePort()), timezone: 'UTC' }
    const options = [...Object.entries(flags).map(([name, value]) => `-c ${name}='${value}'`), ...settings.map(setting => `-c ${setting}`)]
    await rm(log, { force: true })
    await control('--wait', '--timeout=15', '--log', log, '--options', options.join(' '), 'start')
  }

  // A start fails while another server is starting too, or while the last of a crashed one goes away.
  for (const deadline = Date.now() + startDeadline; ; await sleep(200)) {
    const port = await findRunning()
    if (port !== undefined) {
      return { url: urlAt(port), stop: async () => { await control('--mode=fast', '--wait', 'stop') } }
    }
    await start().catch(() => {})
    if (Date.now() > deadline) throw new Error(`PostgreSQL does not start in ${home}: ${await lastWords(log)}`)
  }
}
