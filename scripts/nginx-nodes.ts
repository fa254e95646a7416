/**
 * Keeps nginx's list of nodes to those that are ready: nginx itself notices that a node is gone, but
 * not that it wants no more requests before it goes. Runs beside nginx, as the same user, in the same
 * folder, which has the files of deploy/:
 *
 *   node scripts/nginx-nodes.ts /srv/convo-balancer 10.0.0.1:3001 10.0.0.2:3001 10.0.0.3:3001
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * How often the nodes are asked, and how long one may take to answer, in milliseconds: a node waits 1 s for
 * PostgreSQL.
 */
const checkInterval = 1_000
const checkLimit = 1_500

async function isReady (node: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${node}/health/ready`, { signal: AbortSignal.timeout(checkLimit) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

/** If none is ready it is not the nodes' fault, and they answer better than nginx would. */
async function findReady (nodes: string[]): Promise<string[]> {
  const answers = await Promise.all(nodes.map(isReady))
  const ready = nodes.filter((_, i) => answers[i])
  return ready.length > 0 ? ready : nodes
}

const toList = (nodes: string[]) => nodes.map(node => `server ${node} max_fails=0;\n`).join('')
const listIn = (folder: string) => join(folder, 'nodes.conf')

async function writeList (folder: string, list: string): Promise<void> {
  const draft = `${listIn(folder)}.draft`
  await writeFile(draft, list)
  // nginx may read it at any moment.
  await rename(draft, listIn(folder))
}

/** As `nginx -s reload` does. False if nginx does not run. */
async function reload (folder: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(join(folder, 'nginx.pid'), 'utf8'))
    // `nginx -t` leaves an empty one, and 0 would be this process and those it was started with.
    return pid > 0 && process.kill(pid, 'SIGHUP')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code!)) return false
    throw error
  }
}

/**
 * Until told to stop, writes the nodes that are ready into the folder's nodes.conf whenever they are
 * others than before, and has nginx read it.
 * @param nodes their addresses, as in 10.0.0.1:3001
 */
export async function watchNodes (folder: string, nodes: string[], {
  signal, log = console.log,
}: { signal?: AbortSignal, log?: (line: string) => void } = {}): Promise<void> {
  let written = await readFile(listIn(folder), 'utf8').catch(() => '')
  let isTold = true
  while (!signal?.aborted) {
    const ready = await findReady(nodes)
    const list = toList(ready)
    if (list !== written) {
      await writeList(folder, list)
      written = list
      isTold = false
      log(`nodes: ${ready.join(' ')}`)
    }
    // While it starts, nginx may have read the list already and not be there to be told.
    isTold ||= await reload(folder)
    await sleep(checkInterval, undefined, { signal }).catch(() => {})
  }
}

/** Debian has nginx where only root looks for programs. */
export const searchPath = `${process.env.PATH}:/usr/local/sbin:/usr/sbin`

/** Starts nginx with the nginx.conf of a folder. It listens once its pid is in the folder's nginx.pid. */
export function spawnNginx (folder: string): ChildProcess {
  // Root's nginx works as a user who may not enter every folder.
  const directives = process.getuid?.() === 0 ? 'daemon off; user root;' : 'daemon off;'
  return spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf', '-g', directives], {
    // Ctrl-C is to reach whoever started it, who then ends it in its turn.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: searchPath },
  })
}

/**
 * Starts nginx with the configuration in deploy/, in a folder of its own.
 * @param listen as in 127.0.0.1:3001
 */
export async function startNginx (folder: string, listen: string, nodes: string[]): Promise<ChildProcess> {
  await mkdir(folder, { recursive: true })
  await copyFile(new URL('../deploy/nginx.conf', import.meta.url), join(folder, 'nginx.conf'))
  await writeFile(join(folder, 'listen.conf'), `listen ${listen};\n`)
  await writeList(folder, toList(nodes))
  // Of one that was killed.
  await rm(join(folder, 'nginx.pid'), { force: true })
  return spawnNginx(folder)
}

if (import.meta.main) {
  const [folder, ...nodes] = process.argv.slice(2)
  if (folder === undefined || nodes.length === 0) {
    console.error('usage: node scripts/nginx-nodes.ts FOLDER HOST:PORT…')
    process.exit(1)
  }
  await watchNodes(folder, nodes)
}
