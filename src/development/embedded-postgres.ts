import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeeperMessage } from './postgres-keeper.ts'

export interface EmbeddedPostgres {
  url: string
  /** Lets go of it; it stops unless another server uses it. */
  release (): Promise<void>
}

const keeper = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))

/**
 * PostgreSQL in a folder, under a keeper of its own so that it ends when this process does, even by kill -9.
 * @param settings further PostgreSQL settings, as in `fsync=off`
 */
export async function startEmbeddedPostgres (dataDir: string, settings: string[] = []): Promise<EmbeddedPostgres> {
  // Detached, so that Ctrl-C reaches the server alone and the database outlives its last requests.
  const child = fork(keeper, [resolve(dataDir, 'postgres'), ...settings], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const exited = once(child, 'exit')
  const [message] = await Promise.race([
    once(child, 'message') as Promise<[KeeperMessage]>,
    exited.then((): [KeeperMessage] => [{ error: 'The process that starts PostgreSQL ended unexpectedly.' }]),
  ])
  if ('error' in message) throw new Error(message.error)
  child.unref()
  child.channel?.unref()
  return {
    url: message.url,
    async release () {
      child.ref()
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
