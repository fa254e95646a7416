/** nginx as deploy/nginx.conf sets it up, in front of nodes, with what keeps its list of them. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { searchPath, startNginx, watchNodes } from '../../scripts/nginx-nodes.ts'
import { createFolder, until } from './server.ts'
import { findPort, isUp } from './server-process.ts'

function isInstalled (): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore', env: { PATH: searchPath } })
    return true
  } catch {
    return false
  }
}

/** What tests that need nginx are to be skipped with: why, if it is not installed. */
export const withoutNginx = isInstalled() ? false : 'nginx is not installed'

export interface Balancer {
  url: string
  /** What nginx has to complain about, other than how few files it may open here. */
  errors: () => string[]
  /** Resolves when nginx lists these nodes and no others. */
  lists (urls: string[]): Promise<void>
}

export async function startBalancer (t: Pick<Test, 'teardown'>, urls: string[]): Promise<Balancer> {
  const folder = await createFolder(t)
  const nodes = urls.map(url => new URL(url).host)
  const address = `127.0.0.1:${await findPort()}`
  const nginx = await startNginx(folder, address, nodes)
  let errors = ''
  nginx.stderr!.setEncoding('utf8').on('data', text => { errors += text })
  const ended = once(nginx, 'close')
  const stop = new AbortController()
  const watching = watchNodes(folder, nodes, { signal: stop.signal, log: () => {} })
  t.teardown(async () => {
    stop.abort()
    await watching
    nginx.kill('SIGTERM')
    await ended
  })
  await until(() => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${errors}`)
    return isUp(`http://${address}`)
  })
  return {
    url: `http://${address}`,
    errors: () => errors.split('\n').filter(line => line && !line.includes('RLIMIT_NOFILE')),
    lists: urls => until(async () => {
      const listed = [...(await readFile(join(folder, 'nodes.conf'), 'utf8')).matchAll(/^server (\S+)/gm)].map(
        ([, host]) => `http://${host}`
      )
      return listed.join() === urls.join()
    }),
  }
}
