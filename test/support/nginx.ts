/** nginx as the files of deploy/ set it up. */
import { execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { searchPath, spawnNginx, startNginx, watchNodes } from '../../scripts/nginx-nodes.ts'
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

type Teardown = Pick<Test, 'teardown'>

/** Waits until nginx serves at this address; it ends with the test. Returns what it has to complain about. */
async function untilServing (t: Teardown, nginx: ChildProcess, url: string): Promise<() => string> {
  let errors = ''
  nginx.stderr!.setEncoding('utf8').on('data', text => { errors += text })
  const ended = once(nginx, 'close')
  t.teardown(async () => {
    nginx.kill('SIGTERM')
    await ended
  })
  await until(() => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${errors}`)
    return isUp(url)
  })
  return () => errors
}

export interface Balancer {
  url: string
  /** What nginx has to complain about, other than how few files it may open here. */
  errors: () => string[]
  /** Resolves when nginx lists these nodes and no others. */
  lists (urls: string[]): Promise<void>
}

export async function startBalancer (t: Teardown, urls: string[]): Promise<Balancer> {
  const folder = await createFolder(t)
  const nodes = urls.map(url => new URL(url).host)
  const address = `127.0.0.1:${await findPort()}`
  const nginx = await startNginx(folder, address, nodes)
  const stop = new AbortController()
  const watching = watchNodes(folder, nodes, { signal: stop.signal, log: () => {} })
  t.teardown(async () => {
    stop.abort()
    await watching
  })
  const errors = await untilServing(t, nginx, `http://${address}`)
  return {
    url: `http://${address}`,
    errors: () => errors().split('\n').filter(line => line && !line.includes('RLIMIT_NOFILE')),
    lists: urls => until(async () => {
      const listed = [...(await readFile(join(folder, 'nodes.conf'), 'utf8')).matchAll(/^server (\S+)/gm)].map(
        ([, host]) => `http://${host}`
      )
      return listed.join() === urls.join()
    }),
  }
}

const withLocation = (address: string, location: string) => `
pid nginx.pid;
error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path client_body_temp;
  proxy_temp_path proxy_temp;
  fastcgi_temp_path fastcgi_temp;
  uwsgi_temp_path uwsgi_temp;
  scgi_temp_path scgi_temp;
  server {
    listen ${address};
    ${location}
  }
}
`

/** nginx that has a server under /chat/, as deploy/path.conf does it. */
export async function startPathProxy (t: Teardown, { port, server }: { port: number, server: string }): Promise<void> {
  const folder = await createFolder(t)
  const location = await readFile(new URL('../../deploy/path.conf', import.meta.url), 'utf8')
  const config = withLocation(`127.0.0.1:${port}`, location.replace('127.0.0.1:3001', new URL(server).host))
  await writeFile(join(folder, 'nginx.conf'), config)
  await untilServing(t, spawnNginx(folder), `http://127.0.0.1:${port}/chat`)
}
