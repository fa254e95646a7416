/** Each npm script that starts Node on TypeScript says in one line when that Node is too old. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const check = join(root, 'scripts/require-node.cjs')
const run = promisify(execFile)

/** Runs a script after the check, in a Node that says to be `version`. */
function runAs (version: string): Promise<{ stdout: string, stderr: string }> {
  const pretend = `
    Object.defineProperty(process.versions, 'node', { value: '${version}' })
    Object.defineProperty(process, 'version', { value: 'v${version}' })
    require(${JSON.stringify(check)})
    console.log('started')
  `
  return run(process.execPath, ['--eval', pretend])
}

t.test('every script that starts Node checks it first', async t => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const starts = Object.entries(scripts).flatMap(([name, line]) => {
    return [...line.matchAll(/\bnode (?=\S)(.*?\.ts)\b/g)].map(([, rest]) => ({ name, rest: rest! }))
  })
  t.ok(starts.length > 10)
  for (const { name, rest } of starts) t.ok(rest.startsWith('-r ./scripts/require-node.cjs '), name)
})

t.test('a Node that is too old is named, with what to do', async t => {
  for (const version of ['18.20.4', '20.20.2', '23.11.0', '24.15.9']) {
    const fault = await runAs(version).then(() => undefined, (error: { stdout: string, stderr: string }) => error)
    t.equal(fault?.stdout, '')
    t.match(fault?.stderr, new RegExp(`^Convo needs Node 24\\.16 or newer, and this is v${version}: .+\n$`))
  }
})

t.test('one that is new enough starts', async t => {
  for (const version of ['24.16.0', '24.21.0', '25.0.0', '26.1.0']) {
    t.same(await runAs(version), { stdout: 'started\n', stderr: '' })
  }
})
