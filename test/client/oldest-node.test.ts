import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import clientPackage from '../../client/package.json' with { type: 'json' }
import { installClient } from '../support/client/install.ts'
import { startServer } from '../support/server.ts'

/** The major version of Node that the client works on at least. */
const oldest = Number(/^>=(\d+)$/.exec(clientPackage.engines.node)![1])

/** Without the options that tests are run with, which an old Node does not know; to tap, `env` is no Node. */
const run = (node: string, args: string[], options = {}) =>
  promisify(execFile)('env', ['-u', 'NODE_OPTIONS', node, ...args], options)

async function isOldest (node: string): Promise<boolean> {
  return existsSync(node) && parseInt((await run(node, ['-p', 'process.versions.node'])).stdout) === oldest
}

let oldNode: string | undefined
for (const folder of process.env.PATH!.split(':')) {
  const node = join(folder, 'node')
  if (!oldNode && await isOldest(node)) oldNode = node
}
if (!oldNode) console.log(`# there is no Node ${oldest}: the client is not tried on the oldest Node that it claims`)

const tour = await readFile(new URL('../support/client/tour.mjs', import.meta.url), 'utf8')
const cwd = await installClient(t, 'tour.mjs', tour)

for (const [title, node] of [['this Node', process.execPath], [`Node ${oldest}`, oldNode]] as const) {
  t.test(`all that the client offers works on ${title}, also without crypto.randomUUID`, {
    skip: node ? false : 'it is not installed',
  }, async t => {
    const server = await startServer(t)
    const { stdout } = await run(node!, ['tour.mjs'], { cwd, env: { ...process.env, CONVO_URL: server.url } })
    t.same(JSON.parse(stdout), {
      text: 'Hello',
      hasOlder: false,
      unreadCount: 1,
      codes: ['VALIDATION_FAILED', 'DISCARDED', 'CLOSED'],
      reason: 'ended',
    })
  })
}
