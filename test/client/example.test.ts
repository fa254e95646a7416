/** The chat in docs/clients.md runs as printed, with the client as it is published. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { installClient } from '../support/client/install.ts'
import { startServer, until } from '../support/server.ts'

const page = await readFile(new URL('../../docs/clients.md', import.meta.url), 'utf8')
const [, program] = /^```js\n(.*?)^```/ms.exec(page)!

const server = await startServer(t)
const cwd = await installClient(t, 'chat.mjs', program!)

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
