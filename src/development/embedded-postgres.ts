import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SupervisorMessage } from './postgres-supervisor.ts'

export interface EmbeddedPostgres {
  url: string
  /** Lets go of it; it stops unless another server uses it. */
  release: () => Promise<void>
}

interface Supervisor { url: string, ended: Promise<unknown>, dismiss (): void }

const program = fileURLToPath(new URL('postgres-supervisor.ts', import.meta.url))

async function startSupervisor (args: string[]): Promise<Supervisor> {
  const child = fork(program, args, {
    // Ctrl-C is to reach the server alone, and the database to outlive its last requests.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // Neither the debugger's flags nor the reports of --watch, which would come as messages.
    execArgv: [],
    env: { ...process.env, WATCH_REPORT_DEPENDENCIES: undefined },
  })
  const ended = once(child, 'exit')
  const [message] = await Promise.race([
    once(child, 'message') as Promise<[SupervisorMessage]>,
    ended.then((): [SupervisorMessage] => [{ error: 'The process that starts PostgreSQL ended unexpectedly.' }]),
  ])
  if ('error' in message) throw new Error(message.error)
  return { url: message.url, ended, dismiss: () => { if (child.connected) child.disconnect() } }
}

/**
 * PostgreSQL in a folder, under a supervisor of its own so that it ends when this process does, even by kill -9.
 * @param settings further PostgreSQL settings, as in `fsync=off`
 */
export async function startEmbeddedPostgres (dataDir: string, settings: string[] = []): Promise<EmbeddedPostgres> {
  const args = [resolve(dataDir, 'postgres'), ...settings]
  let supervisor = await startSupervisor(args)
  const { url } = supervisor
  let released = false

  // A supervisor ends early if it is killed or PostgreSQL is: another one takes it over or starts it again,
  // at the same address.
  // That may fail for a while, as on a full disk; the server lives on without.
  async function watch (): Promise<void> {
    for (;;) {
      await supervisor.ended
      if (released) return
      supervisor = await startSupervisor([...args, `port=${new URL(url).port}`]).catch(() => sleep(1_000, supervisor))
      if (released) supervisor.dismiss()
    }
  }
  const watching = watch()

  return {
    url,
    async release () {
      released = true
      supervisor.dismiss()
      await watching
    },
  }
}
