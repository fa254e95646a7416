/**
 * Three nodes behind nginx, with Redis and PostgreSQL, on this machine, for trying it out:
 * `npm run cluster`. Uses DATABASE_URL and REDIS_URL where they are set. Ctrl-C stops everything.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { prettyFactory } from 'pino-pretty'
import { readConfig, type PartialConfig } from '../src/config.ts'
import { startEmbeddedPostgres } from '../src/development/embedded-postgres.ts'
import { searchPath, startNginx, watchNodes } from './nginx-nodes.ts'

const names = ['node-1', 'node-2', 'node-3']
const host = '127.0.0.1'
const server = fileURLToPath(new URL('../src/server.ts', import.meta.url))

const packages: Record<string, string> = {
  nginx: 'apt install nginx, brew install nginx',
  'redis-server': 'apt install redis-server, brew install redis',
}

/** npm passes a Ctrl-C on that the terminal has already sent: within so many milliseconds it is the same one. */
const sameSignal = 500

/**
 * In milliseconds: how long a node serves after a signal, for nginx to notice, and what dies waits before it
 * starts again.
 */
const grace = 3_000
const pause = 1_000

/** How to stop what has been started, the last of them first. */
const stops: Array<() => Promise<unknown>> = []
const children = new Set<ChildProcess>()
let stopping: number | undefined

async function stop (exitCode: number): Promise<void> {
  stopping = Date.now()
  if (stops.length > 0) console.log('stopping')
  while (stops.length > 0) await stops.pop()!()
  process.exit(exitCode)
}

function onSignal (): void {
  if (stopping === undefined) void stop(0)
  else if (Date.now() - stopping > sameSignal) process.exit(1)
}

/** npm that is killed tells nobody: what it started is another process's child from then on. */
function stopWithParent (): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    onSignal()
  }, 500).unref()
}

/** Whatever ends this process; PostgreSQL notices by itself. */
function killChildren (): void {
  for (const child of children) child.kill('SIGKILL')
}

const pretty = prettyFactory({ colorize: true, ignore: 'pid,hostname' })

function showLines (name: string, stream: Readable): void {
  createInterface({ input: stream }).on('line', line => {
    // Three of them are answered every second.
    if (line.includes('"route":"/health/ready"')) return
    console.log(`${name} | ${process.stdout.isTTY ? pretty(line).trimEnd() : line}`)
  })
}

/**
 * Keeps a process running until all is stopped. One that ends before `isReady` holds for the first time will
 * not come to anything.
 */
async function keep (
  name: string, start: () => ChildProcess | Promise<ChildProcess>, isReady: () => Promise<boolean>
): Promise<() => Promise<void>> {
  let wasReady = false
  let child: ChildProcess

  async function run (): Promise<void> {
    child = await start()
    children.add(child)
    for (const stream of [child.stdout!, child.stderr!]) showLines(name, stream)
    child.once('exit', (code, signal) => {
      children.delete(child)
      if (stopping !== undefined) return
      console.log(`${name} ended: ${signal ?? code}`)
      if (wasReady) setTimeout(() => { if (stopping === undefined) void run() }, pause)
    })
  }

  async function end (): Promise<void> {
    if (!children.has(child)) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }

  await run()
  stops.push(end)
  while (!await isReady()) {
    if (!children.has(child!)) throw new Error(`${name} did not start`)
    await sleep(50)
  }
  wasReady = true
  return end
}

function isInstalled (program: string): boolean {
  return searchPath.split(delimiter).some(folder => {
    try {
      accessSync(resolve(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function requirePrograms (needed: string[]): void {
  const missing = needed.filter(program => !isInstalled(program))
  if (missing.length > 0) {
    throw new Error(missing.map(program => `${program} is not installed: ${packages[program]}`).join('\n'))
  }
}

function isFree (port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise(
    resolve => probe.once('error', () => resolve(false)).listen(port, host, () => probe.close(() => resolve(true)))
  )
}

async function findPorts (from: number, count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = from; ports.length < count; port++) {
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

const isUp = (url: string) => fetch(`${url}/health/ready`).then(({ ok }) => ok, () => false)

async function startPostgres (folder: string): Promise<string> {
  const { url, release } = await startEmbeddedPostgres(folder)
  stops.push(release)
  return url
}

async function startRedis (port: number): Promise<string> {
  const args = ['--port', String(port), '--bind', host, '--save', '', '--appendonly', 'no', '--loglevel', 'warning']
  const start = () => spawn('redis-server', args, {
    detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: searchPath },
  })
  await keep('redis', start, async () => !await isFree(port))
  return `redis://${host}:${port}`
}

/** Ctrl-C reaches none of them (`detached`), so that they end in their turn. */
const startNode = (settings: Record<string, string>) => spawn(process.execPath, [server], {
  detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...settings },
})

async function startNodes (ports: number[], settings: Record<string, string>): Promise<void> {
  const ends = await Promise.all(ports.map((port, i) => {
    const start = () => startNode({ ...settings, HOST: host, PORT: String(port) })
    return keep(names[i]!, start, () => isUp(`http://${host}:${port}`))
  }))
  // All at once, as each takes its time.
  stops.splice(-ends.length, ends.length, () => Promise.all(ends.map(end => end())))
}

async function startAll (config: PartialConfig): Promise<void> {
  requirePrograms(config.REDIS_URL === undefined ? Object.keys(packages) : ['nginx'])
  const port = config.PORT || 3001
  if (!await isFree(port)) throw new Error(`PORT: ${port} is in use`)
  const folder = resolve(config.DATA_DIR, 'cluster')
  await mkdir(folder, { recursive: true })
  const [redisPort, ...ports] = await findPorts(port + 1, names.length + 1) as [number, ...number[]]
  const nodes = ports.map(port => `${host}:${port}`)
  const balancer = resolve(folder, 'nginx')
  const url = `http://${host}:${port}`

  const DATABASE_URL = config.DATABASE_URL ?? await startPostgres(folder)
  const REDIS_URL = config.REDIS_URL ?? await startRedis(redisPort)
  const settings = {
    DATABASE_URL,
    REDIS_URL,
    DATA_DIR: folder,
    PUBLIC_URL: config.PUBLIC_URL ?? url,
    TRUST_PROXY: host,
    SHUTDOWN_GRACE_MS: String(config.SHUTDOWN_GRACE_MS || grace),
  }
  // Before the nodes, to end after them.
  await keep('nginx', () => startNginx(balancer, `${host}:${port}`, nodes), async () => !await isFree(port))
  await startNodes(ports, settings)
  watchNodes(balancer, nodes, { log: line => console.log(`nginx | ${line}`) }).catch(fail)

  console.log(`\nAPI:           ${url}/api/v1, balanced over`)
  for (const [i, node] of nodes.entries()) console.log(`  ${names[i]}:      http://${node}`)
  console.log(`documentation: ${url}/docs\nRedis:         ${REDIS_URL}\nCtrl-C stops everything.\n`)
}

function fail (error: Error): void {
  if (stopping !== undefined) return
  console.error(error.message)
  void stop(1)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
process.on('exit', killChildren)
if (process.env.npm_lifecycle_event !== undefined) stopWithParent()
if (existsSync('.env')) process.loadEnvFile()
try {
  await startAll(readConfig(process.env))
} catch (error) {
  fail(error as Error)
}
