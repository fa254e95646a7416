/** The chat in docs/clients.md runs as printed, with the client as it is published. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { createFolder, startServer, until } from '../support/server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const [, program] = /^```js\n(.*?)^```/ms.exec(await readFile(join(root, 'docs/clients.md'), 'utf8'))!

/** A folder where the client is installed, and the program saved. */
async function install (): Promise<string> {
  const folder = await createFolder(t)
  const client = join(folder, 'node_modules/@convo/client')
  await mkdir(client, { recursive: true })
  await cp(join(root, 'client/package.json'), join(client, 'package.json'))
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), [
    '--project', join(root, 'client/tsconfig.build.json'), '--outDir', join(client, 'dist'), '--noCheck',
  ])
  await symlink(join(root, 'node_modules/socket.io-client'), join(folder, 'node_modules/socket.io-client'))
  await writeFile(join(folder, 'chat.mjs'), program!)
  return folder
}

const server = await startServer(t)
const cwd = await install()

function run (...names: string[]) {
  const child = spawn(process.execPath, [
    'chat.mjs', ...names,
  ], { cwd, env: { ...process.env, CONVO_URL: server.url }, stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => { output += text })
  const said = () => output.split('\n').filter(line => line.includes(': '))
  return {
    say: (text: string) => child.stdin.write(`${text}\n`),
    async shows (...lines: string[]) {
      await until(() => said().length >= lines.length).catch(() => {})
      t.same(said(), lines)
    },
    async kill () {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

t.test('two people talk, one goes and comes back, and both see the same', async t => {
  t.ok(program!.split('\n').length <= 31)
  const ada = run('ada', 'bob')
  ada.say('Are you there?')
  const bob = run('bob', 'ada')
  await bob.shows('ada: Are you there?')
  bob.say('I am')
  await ada.shows('ada: Are you there?', 'bob: I am')
  await bob.kill()
  ada.say('And now?')
  await ada.shows('ada: Are you there?', 'bob: I am', 'ada: And now?')
  await run('bob', 'ada').shows('ada: Are you there?', 'bob: I am', 'ada: And now?')
})
