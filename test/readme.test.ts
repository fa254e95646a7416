/**
 * The example in the README and the tour in docs/getting-started.md work as printed. The tour's commands are typed into
 * a shell, one block after the other.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createFolder, startServer, until } from './support/server.ts'

type Teardown = Pick<Test, 'teardown'>

const root = fileURLToPath(new URL('..', import.meta.url))
const blocksOf = async (path: string) =>
  [...(await readFile(join(root, path), 'utf8')).matchAll(/^```(bash|js|text)\n(.*?)^```/gms)]
    .map(([, language, code]) => ({ language, code: code! }))
const blocks = await blocksOf('docs/getting-started.md')

const linesOf = (code: string) => code.split('\n').filter(Boolean)

/** A shell that commands are typed into. */
function openShell (t: Teardown, cwd: string) {
  const shell = spawn('bash', ['-s'], { cwd, stdio: 'pipe', detached: true })
  // In a group of its own, so that what runs in the background ends with it.
  t.teardown(() => {
    if (shell.exitCode === null) process.kill(-shell.pid!, 'SIGKILL')
  })
  const closed = once(shell, 'close')
  let output = ''
  let typed = 0
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding('utf8').on('data', text => { output += text })
  return {
    output: () => output,
    async type (commands: string): Promise<void> {
      const done = `typed ${typed++}`
      shell.stdin.write(`${commands}\necho; echo ${done}\n`)
      await until(() => output.includes(`\n${done}\n`))
        .catch(error => { throw new Error(`${error.message}: ${commands}${output}`) })
    },
    async close (): Promise<void> {
      shell.stdin.end()
      await closed
    },
  }
}

/** A server, a folder with its packages, and what a document says to do with them. */
async function prepare (t: Teardown) {
  const server = await startServer(t)
  const folder = await createFolder(t)
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { server, folder, here: (code: string) => code.replaceAll('http://127.0.0.1:3001', server.url) }
}

t.test('the example in the README works as printed, and is short', async t => {
  const { folder, here } = await prepare(t)
  const [example] = await blocksOf('README.md')
  t.ok(linesOf(example!.code).length <= 20)
  await writeFile(join(folder, 'hello.mjs'), here(example!.code))
  const { stdout } = await promisify(execFile)(process.execPath, ['hello.mjs'], { cwd: folder })
  t.equal(stdout, 'Bob hears: Hello Bob\n')
})

t.test('the tour works as printed', async t => {
  const { server, folder, here } = await prepare(t)
  const shell = openShell(t, folder)

  for (const { language, code } of blocks) {
    if (language === 'bash') await shell.type(here(code))
    else if (language === 'js') await writeFile(join(folder, 'listen.mjs'), here(code))
    else for (const line of linesOf(code)) await until(() => shell.output().includes(line))
  }
  await shell.close()

  for (const line of blocks.filter(block => block.language === 'text').flatMap(block => linesOf(block.code))) {
    // At the end of a line: two programs write to the same terminal.
    t.equal(linesOf(shell.output()).filter(printed => printed.endsWith(line)).length, 1, `it printed "${line}" once`)
  }
  t.notMatch(shell.output(), /"statusCode"|Error|not found/, 'no call was refused and no command failed')
  t.same(await server.sql('SELECT text, seq FROM messages'), [{ text: 'Hello Bob', seq: 1 }])
  t.same(await server.sql('SELECT count(*)::int AS ended FROM sessions WHERE revoked_at IS NOT NULL'), [{ ended: 1 }])
})

t.test('the client of the tour is as short as the tour says', async t => {
  const client = blocks.find(block => block.language === 'js')!.code
  t.ok(linesOf(client).length <= 15)
})
