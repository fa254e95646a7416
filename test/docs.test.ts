/** What the documents say of the code, of the tests and of each other is so. */
import { access, glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const notOurs = ['node_modules', '.git', '.tap', 'dist']
const read = (path: string) => readFile(join(root, path), 'utf8')
const isThere = (path: string) => access(join(root, path)).then(() => true, () => false)

const paths: string[] = []
const isNotOurs = (path: string) => notOurs.some(folder => path.split('/').includes(folder))
for await (const path of glob(['**/*.md', '.github/**/*.md'], { cwd: root, exclude: isNotOurs })) paths.push(path)
const documents = new Map(await Promise.all(paths.map(async path => [path, await read(path)] as const)))
const proseOf = (text: string) => text.replace(/^( *)```.*?^\1```$/gms, '')
const every = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, ...groups]) => groups)

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading.toLowerCase().replace(/\]\([^)]*\)/g, '').replace(/[^\p{L}\p{M}\p{N} _-]/gu, '').replaceAll(' ', '-')

const anchorsOf = (text: string) => every(/^#{1,6} (.+)$/gm, proseOf(text)).map(([heading]) => anchorOf(heading!))

/** What is wrong with a link of a document; nothing of links to elsewhere. */
async function faultOfLink (from: string, link: string): Promise<string | undefined> {
  if (/^\w+:/.test(link)) return undefined
  const [path, anchor] = link.split('#')
  const target = path ? join(dirname(from), path) : from
  if (!await isThere(target)) return `${from}: ${link} is not there`
  if (anchor === undefined) return undefined
  return anchorsOf(documents.get(target) ?? '').includes(anchor) ? undefined : `${from}: ${link} has no such heading`
}

t.test('each link in a document leads to a file and to a heading that are there', async t => {
  t.ok(paths.includes('README.md') && paths.includes('client/README.md') && paths.includes('docs/adr/README.md'))
  const links = [...documents].flatMap(([from, text]) =>
    every(/\]\(([^)\s]+)\)/g, proseOf(text)).map(([link]) => ({ from, link: link! })))
  t.ok(links.length > 50)
  const faults = await Promise.all(links.map(({ from, link }) => faultOfLink(from, link)))
  t.same(faults.filter(Boolean), [])
})

t.test('a link that leads nowhere is found', async t => {
  t.match(await faultOfLink('docs/clients.md', 'nowhere.md'), /not there/)
  t.match(await faultOfLink('docs/clients.md', '../README.md#nowhere'), /no such heading/)
  t.equal(await faultOfLink('docs/clients.md', '#the-rules'), undefined)
})

/** The files that a text may mean by a name in backticks, seen from the root, its own folder, or the modules. */
function filesNamed (from: string, name: string): string[] {
  const isPath = /^(?:src|client|test|scripts|docs|bench|deploy|drizzle)\/(?:[\w./-]*(?:\/|\.\w+))?$/.test(name)
  if (isPath) return [name, join(dirname(from), name)]
  return /^[a-z]+\/[\w-]+\.ts$/.test(name) ? [join('src/modules', name)] : []
}

t.test('each file that a document names is there', async t => {
  const names = [...documents].flatMap(([from, text]) =>
    every(/`([^`\n]+)`/g, proseOf(text)).map(([name]) => ({ from, name: name!, files: filesNamed(from, name!) })))
  const named = names.filter(({ files }) => files.length > 0)
  t.ok(named.length > 30)
  const missing = named.map(async ({ from, name, files }) =>
    (await Promise.all(files.map(isThere))).includes(true) ? [] : [`${from}: ${name}`])
  t.same((await Promise.all(missing)).flat(), [])
})

t.test('documents are as long and as wide as one can read', async t => {
  const lengthOf = (path: string) => documents.get(path)!.trimEnd().split('\n').length
  t.ok(lengthOf('README.md') <= 130)
  t.ok(lengthOf('ARCHITECTURE.md') <= 100)
  for (const [path, text] of documents) {
    const lines = text.split('\n').filter(line => !line.startsWith('|'))
    t.same(lines.filter(line => line.replace(/https?:\/\/\S+/g, '').length > 120), [], path)
  }
})

t.test('each decision has its context, what was decided and its consequences, and is in the index', async t => {
  const index = documents.get('docs/adr/README.md')!
  const decisions = paths.filter(path => /^docs\/adr\/\d/.test(path))
  t.ok(decisions.length >= 28)
  for (const path of decisions) {
    const [, file, number] = /^docs\/adr\/((\d{4})-[a-z0-9-]+\.md)$/.exec(path) ?? []
    const [[title] = []] = every(new RegExp(`^# ${number}: (.+)$`, 'gm'), documents.get(path)!)
    t.same(anchorsOf(documents.get(path)!).slice(1), ['context', 'decision', 'consequences'], path)
    t.match(index.replace(/\s+/g, ' '), `- [${number}](${file}): ${title}`, `the index has ${path}`)
  }
})

t.test('CONTRIBUTING.md explains each npm script, and documents name no other', async t => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  const commandOf = (name: string) => ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`
  const contributing = documents.get('CONTRIBUTING.md')!
  for (const name of Object.keys(scripts)) t.match(contributing, new RegExp(`\`${commandOf(name)}[\` ]`), name)
  const named = [...documents.values()].flatMap(text => every(/npm run ([\w:]+)(?! --workspace)\b/g, text)).flat()
  t.same(named.filter(name => scripts[name] === undefined), [])
})

/** The names of a file's tests as they are printed: without escapes, and in one piece. */
const inOnePiece = (tests: string) =>
  tests.replace(/' \+\s+'/g, '').replace(/t\.test\(\s+'/g, 't.test(\'').replaceAll('\\\'', '\'')

t.test('each rule for clients names tests that there are', async t => {
  const rules = every(/`([\w/-]+)`:\s+\*([^*]+)\*/g, documents.get('docs/clients.md')!)
  t.ok(rules.length >= 12)
  for (const [file, name] of rules) {
    const tests = inOnePiece(await read(`test/${file}.test.ts`))
    t.match(tests, `t.test('${name!.replace(/\s+/g, ' ')}'`, `${file}: ${name}`)
  }
})

t.test('the tests that SECURITY.md and docs/reliability.md name are there', async t => {
  const folders = '(?:lib|plugins|modules|security|nodes|development|faults|model)'
  const named = ['SECURITY.md', 'docs/reliability.md'].flatMap(path =>
    every(new RegExp(`\`(${folders}/[\\w-]+|server-stop|supply-chain|config)\``, 'g'), documents.get(path)!)).flat()
  t.ok(named.length > 60)
  for (const path of new Set(named)) t.ok(await isThere(`test/${path}.test.ts`), path)
})

const feature = 'docs/adding-a-feature.md'
const walk = documents.get(feature)!
const isOfFeature = /reaction/i

t.test(`${feature} names the files of its feature, and no other`, async t => {
  const named = every(/`((?:src|client|test|drizzle|docs)\/[^`\s]+|[A-Z]+\.md)`(?: \(`(\w+)`\))?/g, proseOf(walk))
  const notOfFeature = ['test/docs.test.ts', 'test/security/matrix.test.ts', 'test/plugins/openapi-shapes.test.ts']
  for (const [path = '', symbol] of named) {
    if (!notOfFeature.includes(path)) t.match(await read(path), symbol ?? isOfFeature, path)
  }
  const concerned: string[] = []
  for await (const path of glob(['src/**/*.ts', 'client/src/**/*.ts', 'drizzle/*.sql'], { cwd: root })) {
    if (isOfFeature.test(await read(path))) concerned.push(path)
  }
  t.ok(concerned.length > 10)
  t.same(concerned.filter(path => !named.some(([name]) => name === path)), [], 'all of them')
})

t.test(`${feature} quotes them as they are`, async t => {
  const unindented = (text: string) => text.replace(/^ +/gm, '')
  const quotes = every(/`([^`]+)`:\n\n```\w+\n(.*?)\n```/gs, walk)
  t.equal(quotes.length, every(/^(```)\w+$/gm, walk).length, 'each says of what file it is')
  for (const [path = '', quote = ''] of quotes) {
    t.ok(quote.split('\n').length <= 15, path)
    t.ok(unindented(await read(path)).includes(unindented(quote)), path)
  }
})
