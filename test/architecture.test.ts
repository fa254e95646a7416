import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const source = fileURLToPath(new URL('../src', import.meta.url))
const files = globSync('**/*.ts', { cwd: source }).map(file => file.replaceAll('\\', '/')).sort()

/** The files of ours that a text imports, for their types or augmentations as well. */
function importsOf (file: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom|\bimport|\bdeclare module|\bimport\()\s*'(\.[^']+)'/g)
  return [...specifiers].map(([, specifier]) => normalize(join(dirname(file), specifier!)))
    .filter(target => target.endsWith('.ts'))
}

// Each module, and those before it in the order whose behaviour it may use.
const order: Record<string, string[]> = {
  health: [],
  users: [],
  auth: ['users'],
  conversations: ['users'],
  messages: ['users', 'conversations'],
  groups: ['users', 'conversations'],
  sync: ['users', 'auth', 'conversations', 'messages', 'groups'],
  realtime: ['users', 'auth', 'conversations', 'messages', 'groups'],
}

const kernel = ['errors.ts', 'events.ts', 'db.ts', 'config.ts']
const areaOf = (file: string) => file.includes('/') ? file.split('/')[0]! : file
const moduleOf = (file: string) => file.startsWith('modules/') ? file.split('/')[1]! : undefined

const rules: Array<{ rule: string, who: (file: string) => boolean, may: (target: string, file: string) => boolean }> = [
  {
    rule: 'lib imports nothing of ours but lib',
    who: file => areaOf(file) === 'lib',
    may: target => areaOf(target) === 'lib',
  },
  {
    rule: 'errors, events, db and config import only lib',
    who: file => kernel.includes(file),
    may: target => areaOf(target) === 'lib',
  },
  {
    rule: 'plugins import those and each other, never a module',
    who: file => areaOf(file) === 'plugins',
    may: target => ['lib', 'plugins', ...kernel].includes(areaOf(target)),
  },
  {
    rule: 'development imports config, lib and what auth makes public',
    who: file => areaOf(file) === 'development',
    may: target => ['development', 'lib', 'config.ts'].includes(areaOf(target)) || target === 'modules/auth/public.ts',
  },
  {
    rule: 'modules import the kernel, the shapes of other modules, and their behaviour only through public.ts and ' +
      'along the order',
    who: file => moduleOf(file) !== undefined,
    may: (target, file) => {
      const [own, other] = [moduleOf(file)!, moduleOf(target)]
      if (other === undefined) return ['lib', 'plugins', ...kernel].includes(areaOf(target))
      if (own === other) return true
      if (other === 'realtime') return false
      if (/\/(tables|schemas|rows)\.ts$/.test(target)) return true
      return target.endsWith('/public.ts') && order[own]!.includes(other)
    },
  },
  {
    rule: 'only app.ts imports the routes of modules',
    who: file => file !== 'app.ts',
    may: target => !/^modules\/[^/]+\/index\.ts$/.test(target),
  },
  {
    rule: 'only server.ts imports app.ts, and nobody imports server.ts',
    who: () => true,
    may: (target, file) => target !== 'server.ts' && (target !== 'app.ts' || file === 'server.ts'),
  },
]

const imports = files.flatMap(
  file => importsOf(file, readFileSync(join(source, file), 'utf8')).map(target => ({ file, target }))
)

t.test('the imports are found, of every kind', async t => {
  t.same(importsOf('modules/a/index.ts', [
    "import x from '../b/public.ts'", "import type { X } from './c.ts'", "export { y } from './d.ts'",
    "import './events.ts'",
    "const z = await import('../../lib/e.ts')", "declare module '../../plugins/io.ts' {",
    "import {\n  a,\n} from './f.ts'", "import fastify from 'fastify'",
  ].join('\n')), [
    'modules/b/public.ts', 'modules/a/c.ts', 'modules/a/d.ts', 'modules/a/events.ts', 'lib/e.ts', 'plugins/io.ts',
    'modules/a/f.ts',
  ])
  t.ok(imports.length > 150)
  t.same(imports.filter(({ target }) => !files.includes(target)), [], 'each of a file that is there')
})

t.test('every module has its place in the order', async t => {
  t.same([...new Set(files.map(moduleOf).filter(Boolean))].sort(), Object.keys(order).sort())
})

for (const { rule, who, may } of rules) {
  t.test(rule, async t => {
    t.ok(files.some(who))
    const forbidden = imports.filter(({ file, target }) => who(file) && !may(target, file))
    t.same(forbidden.map(({ file, target }) => `${file} imports ${target}`), [])
  })
}
