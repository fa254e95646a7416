/** What the documentation says of the tests is so. */
import { readFile } from 'node:fs/promises'
import t from 'tap'

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8')

/** The names of a file's tests as they are printed: without escapes, and in one piece. */
const inOnePiece = (tests: string) =>
  tests.replace(/' \+\s+'/g, '').replace(/t\.test\(\s+'/g, 't.test(\'').replaceAll('\\\'', '\'')

t.test('each rule for clients names tests that there are', async t => {
  const rules = [...(await read('docs/clients.md')).matchAll(/`([\w/-]+)`:\s+\*([^*]+)\*/g)]
  t.ok(rules.length >= 12)
  for (const [, file, name] of rules) {
    const tests = inOnePiece(await read(`test/${file}.test.ts`))
    t.match(tests, `t.test('${name!.replace(/\s+/g, ' ')}'`, `${file}: ${name}`)
  }
})

t.test('the tests that SECURITY.md names are there', async t => {
  const text = await read('SECURITY.md')
  const named = text.matchAll(/`((?:lib|plugins|modules|security|nodes|development)\/[\w-]+)`/g)
  const paths = [...named].map(([, path]) => path)
  t.ok(paths.length > 30)
  for (const path of new Set(paths)) await t.resolves(read(`test/${path}.test.ts`), path!)
})
