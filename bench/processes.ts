/** The processes of a benchmark: servers under load, those that load them, and the CPU time of both. */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findPort } from '../scripts/find-port.ts'
import type { Drive, Outcome } from './load/drive.ts'

/** Linux counts CPU time in hundredths of a second. */
const ticksPerSecond = 100

/** CPU seconds that a process has used, with those of its children that have ended. Linux only, else NaN. */
function cpuOf (pid: number | string): number {
  try {
    // After the name, which may have spaces in it: the 12th to 15th field are user, system, children's user
    // and system time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond
  } catch {
    return NaN
  }
}

const isChildOf = (parent: number) => (pid: string) => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]) === parent
  } catch {
    return false
  }
}

/** CPU seconds of all processes of a PostgreSQL. */
export function cpuOfPostgres (pid: number): number {
  try {
    const backends = readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(isChildOf(pid))
    return cpuOf(pid) + backends.map(cpuOf).filter(seconds => !Number.isNaN(seconds))
      .reduce((sum, seconds) => sum + seconds, 0)
  } catch {
    return NaN
  }
}

export const pidOfPostgres = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])

/** In bytes, after a garbage collection. */
export interface Memory { heapUsed: number, rss: number }

export interface Server {
  url: string
  cpu: () => number
  memory (): Promise<Memory>
  stop (): Promise<void>
}

const programOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Within the process that is measured: answers what `memory()` asks, and ends with the benchmark however that ends. */
const inside = 'process.on(\'disconnect\', () => process.exit()); process.on(\'message\', async () => { gc(); await ' +
  'new Promise(done => setTimeout(done, 500)); gc(); process.send(process.memoryUsage()) })'

let servers = 0

/** Starts a program that logs its address, and waits for that; what it logs goes to a file in `folder`. */
export async function startServer (
  program: string, folder: string, settings: Record<string, string> = {}, nodeOptions: string[] = []
): Promise<Server> {
  const log = join(folder, `server-${process.pid}-${servers++}.log`)
  const file = openSync(log, 'w')
  const child = fork(programOf(program), {
    execArgv: ['--expose-gc', `--import=data:text/javascript,${encodeURIComponent(inside)}`, ...nodeOptions],
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', file, file, 'ipc'],
  })
  const url = await addressIn(log, child)
  return {
    url,
    cpu: () => cpuOf(child.pid!),
    async memory () {
      child.send('memory')
      return (await once(child, 'message'))[0]
    },
    async stop () {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await rm(log)
    },
  }
}

export type RedisServer = Pick<Server, 'url' | 'cpu' | 'stop'>

/** A Redis that keeps nothing; `redis-server` must be on the path. */
export async function startRedis (): Promise<RedisServer> {
  const port = await findPort()
  const child = spawn('redis-server', [
    '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no',
  ], { stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout, 'data'), once(child, 'error').then(([error]) => { throw error })])
  process.once('exit', () => child.kill())
  return {
    url: `redis://127.0.0.1:${port}`,
    cpu: () => cpuOf(child.pid!),
    async stop () {
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function addressIn (log: string, child: ChildProcess): Promise<string> {
  for (;;) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(log, 'utf8'))
    if (found) return found[0]
    if (child.exitCode !== null) throw new Error(`a server did not start: ${readFileSync(log, 'utf8')}`)
    await sleep(20)
  }
}

export interface Load {
  cpu: () => number
  run (seconds: number): Promise<Outcome>
  stop (): Promise<void>
}

/** Starts a program of `load/` in a process of its own, prepared to run its job. */
export async function startLoad<Job> (kind: Drive<Job>, job: Job): Promise<Load> {
  const child = fork(programOf('load/worker.ts'), [kind.module])
  const ask = async (message: unknown) => {
    child.send(message as object)
    const [answer] = await Promise.race([
      once(child, 'message'), once(child, 'exit').then(() => [{ error: 'it ended' }]),
    ])
    if (answer.error !== undefined) throw new Error(`${kind.module}: ${answer.error}`)
    return answer.result
  }
  await ask({ job })
  return {
    cpu: () => cpuOf(child.pid!),
    run: seconds => ask({ seconds }),
    async stop () {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
