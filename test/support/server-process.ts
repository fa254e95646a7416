/** The server as a process of its own, as `npm start` makes it, and a look at what runs beside it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { findPort } from '../../scripts/find-port.ts'
import { call, createFolder, until } from './server.ts'

export { findPort }

const program = fileURLToPath(new URL('../../src/server.ts', import.meta.url))

interface Process { pid: number, parent: number, command: string }

function readProcess (pid: string): Process[] {
  try {
    const parent = /\) . (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1]
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
      },
    ]
  } catch {
    return []
  }
}

function processes (): Process[] {
  if (existsSync('/proc/self/stat')) return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(readProcess)
  return execFileSync('ps', ['-Ao', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n').map(line => {
    const [, pid, parent, command] = /^ *(\d+) +(\d+) (.*)/.exec(line) ?? []
    return { pid: Number(pid), parent: Number(parent), command: command ?? '' }
  })
}

/** Process ids of the supervisors of a DATA_DIR. */
export const supervisorsOf = (folder: string) =>
  processes().filter(({ command }) => command.includes('postgres-supervisor.ts') && command.includes(folder))
    .map(({ pid }) => pid)

/** Process ids of its PostgreSQL: the first server process, then its children; empty if it does not run. */
export function postgresOf (folder: string): number[] {
  const all = processes()
  const first = all.find(({ command }) => / -D /.test(command) && command.includes(folder))
  return first ? [first.pid, ...all.filter(({ parent }) => parent === first.pid).map(({ pid }) => pid)] : []
}

/** Everything that works on a DATA_DIR besides the server: supervisors, PostgreSQL, initdb and pg_ctl. */
export const runningOn = (folder: string) =>
  processes().filter(({ pid, command }) => pid !== process.pid && command.includes(folder))

/** Ends processes as a power cut would. */
export function killNow (...pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // Its parent went first, and it went with it.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

export const isUp = (url: string) =>
  call(`${url}/health/ready`, 'GET').then(({ status }) => status === 200, () => false)

/** A DATA_DIR, removed when nothing runs on it any more. */
export async function createDataFolder (t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = join(await createFolder(t), 'data of Convo')
  t.teardown(async () => {
    await until(() => runningOn(folder).length === 0).finally(() => killNow(...runningOn(folder).map(({ pid }) => pid)))
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

export interface ServerProcess {
  child: ChildProcess
  pid: number
  /** What it wrote to standard output and to standard error. */
  log: () => string
  errors: () => string
  /** Resolves with its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
  /** Its address, when it is ready. */
  ready: () => Promise<string>
  /** Sends a signal; resolves with the exit code and how long it took to end. */
  stop: (signal?: NodeJS.Signals) => Promise<{ code: number | NodeJS.Signals, ms: number }>
}

export interface SpawnOptions {
  command?: string[]
  cwd?: string
  preload?: string | undefined
  detached?: boolean
  /** Whether what runs in it counts as covered. It starts more quickly without. */
  isCovered?: boolean
}

/** Starts src/server.ts; `preload` is code that runs in its process beforehand. */
export function spawnServer (t: Pick<Test, 'teardown'>, settings: Record<string, string | undefined>, {
  command = [process.execPath, program], cwd, preload, detached = false, isCovered = true,
}: SpawnOptions = {}): ServerProcess {
  const options = preload === undefined ? '' : ` --import=data:text/javascript,${encodeURIComponent(preload)}`
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    detached,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DATABASE_URL: undefined,
      NODE_ENV: 'development',
      PORT: '0',
      RATE_LIMIT_MAX: '0',
      ...settings,
      NODE_OPTIONS: process.env.NODE_OPTIONS + options,
      // tap's own.
      ...!isCovered && { _TAPJS_PROCESSINFO_COVERAGE_: '0' },
    },
  })
  const [log, errors] = [child.stdout, child.stderr].map(stream => {
    let text = ''
    stream.setEncoding('utf8').on('data', chunk => { text += chunk })
    return () => text
  }) as [() => string, () => string]
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    pid: child.pid!,
    log,
    errors,
    ended,
    async ready () {
      const address = /(http:\/\/[^ ]+)\/api\/v1/
      await until(() => {
        if (child.exitCode !== null) throw new Error(`it ended: ${log()}${errors()}`)
        return address.test(log())
      }, 30_000)
      return address.exec(log())![1]!
    },
    async stop (signal = 'SIGTERM') {
      const begun = Date.now()
      child.kill(signal)
      return { code: await ended, ms: Date.now() - begun }
    },
  }
}

/** Signs somebody in at a server's address; returns the token. */
export async function signInAt (url: string, email = 'ada@example.com'): Promise<string> {
  const { body: { idToken } } = await call(`${url}/dev/google/token`, 'POST', { json: { email, name: 'Ada' } })
  return (await call(`${url}/api/v1/auth/google`, 'POST', { json: { idToken } })).body.token
}
