/** A Redis of a test's own, and the faults that it can have. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { createFolder, until } from './server.ts'
import { findPort } from './server-process.ts'

function isInstalled (command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What tests that need Redis are to be skipped with: why, if it is not installed. */
export const withoutRedis = isInstalled('redis-server') ? false : 'redis-server is not installed'

const answers = (port: number) => new Promise<boolean>(resolve => {
  const socket = connect(port, '127.0.0.1', () => socket.end('PING\r\n'))
  socket.on('error', () => resolve(false)).once('data', () => resolve(true)).on('close', () => resolve(false))
})

export interface BreakableRedis {
  url: string
  /** Ends it at once. What it held is gone. */
  kill(): Promise<void>
  /** Starts it, empty, at the same address. */
  start(): Promise<void>
  freeze(): void
  thaw(): void
}

export async function startRedis (t: Pick<Test, 'teardown'>, options: string[] = []): Promise<BreakableRedis> {
  const folder = await createFolder(t)
  const port = await findPort()
  let child: ChildProcess

  const redis: BreakableRedis = {
    url: `redis://127.0.0.1:${port}`,
    async kill () {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    async start () {
      child = spawn('redis-server', [
        '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...options,
      ], { stdio: 'ignore' })
      await until(() => answers(port))
    },
    freeze: () => { child.kill('SIGSTOP') },
    thaw: () => { child.kill('SIGCONT') },
  }
  await redis.start()
  t.teardown(() => redis.kill())
  return redis
}
