/** The client as it is published. */
import { execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { createFolder } from '../server.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A folder where the client is installed, and a program saved. */
export async function installClient (t: Pick<Test, 'teardown'>, name: string, program: string): Promise<string> {
  const folder = await createFolder(t)
  const client = join(folder, 'node_modules/@convo/client')
  await mkdir(client, { recursive: true })
  await cp(join(root, 'client/package.json'), join(client, 'package.json'))
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), [
    '--project', join(root, 'client/tsconfig.build.json'), '--outDir', join(client, 'dist'), '--noCheck',
  ])
  await symlink(join(root, 'node_modules/socket.io-client'), join(folder, 'node_modules/socket.io-client'))
  await writeFile(join(folder, name), program)
  return folder
}
