import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { KeeperMessage } from './postgres-keeper.ts'

export interface EmbeddedPostgres {
  url: string
  /** Lets go of it; it stops unless another server uses it. */
  release (): Promise<void>
}

interface Keeper { url: string, ended: Promise<unknown>, dismiss (): void }

const program = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))

async function startKeeper (args: string[]): Promise<Keeper> {
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
    once(child, 'message') as Promise<[KeeperMessage]>,
    ended.then((): [KeeperMessage] => [{ error: 'The process that starts PostgreSQL ended unexpectedly.' }]),
  ])
  if ('error' in message) throw new Error(message.error)
  return { url: message.url, ended, dismiss: () => { if (child.connected) child.disconnect() } }
}

/**
 * PostgreSQL in a folder, under a keeper of its own so that it ends when this process does, even by kill -9.
 * @param settings further PostgreSQL settings, as in `fsync=off`
 */
export async function startEmbeddedPostgres (dataDir: string, settings: string[] = []): Promise<EmbeddedPostgres> {
  const args = [resolve(dataDir, 'postgres'), ...settings]
  let keeper = await startKeeper(args)
  const { url } = keeper
  let released = false

  // A keeper ends early if it is killed or PostgreSQL is: another one takes it over or starts it again, at the same address.
  // That may fail for a while, as on a full disk; the server lives on without.
  async function watch (): Promise<void> {
    for (;;) {
      await keeper.ended
      if (released) return
      keeper = await startKeeper([...args, `port=${new URL(url).port}`]).catch(() => sleep(1_000, keeper))
      if (released) keeper.dismiss()
    }
  }
  const watching = watch()

  return {
    url,
    async release () {
      released = true
      keeper.dismiss()
      await watching
    },
  }
}
