import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

/** The files of ours that a text imports, for their types or augmentations as well. */
function importsOf (file: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom|\bimport|\bdeclare module|\bimport\()\s*'(\.[^']+)'/g)
  return [...specifiers].map(([, specifier]) => normalize(join(dirname(file), specifier!)))
    .filter(target => target.endsWith('.ts'))
}

/** The files of a folder, by their paths below it, and what each imports of the others. */
function readTree (folder: string) {
  const root = fileURLToPath(new URL(folder, import.meta.url))
  const files = globSync('**/*.ts', { cwd: root }).map(file => file.replaceAll('\\', '/')).sort()
  const texts = new Map(files.map(file => [file, readFileSync(join(root, file), 'utf8')]))
  const imports = files.flatMap(file => importsOf(file, texts.get(file)!).map(target => ({ file, target })))
  return { files, texts, imports }
}

const { files, texts, imports } = readTree('../src')

// Each module, and those before it in the order whose behaviour it may use.
const order: Record<string, string[]> = {
  health: [],
  users: [],
  auth: ['users'],
  membership: ['users'],
  messages: ['users', 'membership'],
  conversations: ['users', 'membership', 'messages'],
  groups: ['users', 'membership', 'messages', 'conversations'],
  sync: ['users', 'auth', 'membership', 'messages', 'conversations', 'groups'],
  realtime: ['users', 'auth', 'membership', 'messages', 'conversations', 'groups'],
}

const kernel = ['errors.ts', 'events.ts', 'db.ts', 'migrations.ts', 'config.ts']
const areaOf = (file: string) => file.includes('/') ? file.split('/')[0]! : file
const moduleOf = (file: string) => file.startsWith('modules/') ? file.split('/')[1]! : undefined

const rules: Array<{ rule: string, who: (file: string) => boolean, may: (target: string, file: string) => boolean }> = [
  {
    rule: 'lib imports nothing of ours but lib',
    who: file => areaOf(file) === 'lib',
    may: target => areaOf(target) === 'lib',
  },
  {
    rule: 'errors, events, db, migrations and config import only lib, and migrations the type of the database',
    who: file => kernel.includes(file),
    may: (target, file) => areaOf(target) === 'lib' || (file === 'migrations.ts' && target === 'db.ts'),
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
      if (/\/(tables|schemas|rows|events)\.ts$/.test(target)) return true
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

/** The files on the first way found that leads from a file back to itself, types included. */
function circleIn (imports: Array<{ file: string, target: string }>): string[] | undefined {
  const targets = Map.groupBy(imports, ({ file }) => file)
  const done = new Set<string>()
  function follow (file: string, way: string[]): string[] | undefined {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { target } of targets.get(file) ?? []) {
      const circle = follow(target, [...way, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  return [...targets.keys()].map(file => follow(file, [])).find(circle => circle !== undefined)
}

t.test('no import leads back to where it began', async t => {
  const circle = [{ file: 'a', target: 'b' }, { file: 'b', target: 'c' }, { file: 'c', target: 'b' }]
  t.same(circleIn(circle), ['b', 'c', 'b'], 'one is found')
  t.equal(circleIn(imports), undefined)
  const client = readTree('../client/src')
  t.ok(client.imports.length > 40)
  t.equal(circleIn(client.imports), undefined, 'in the client neither')
})

// Who may name a table in SQL or by its object, beside the module that it belongs to.
const owners: Record<string, { owner: string, guests?: string[] }> = {
  images: { owner: 'plugins/images', guests: ['messages'] },
  users: { owner: 'users', guests: ['auth', 'membership', 'messages', 'conversations', 'groups', 'realtime'] },
  blocks: { owner: 'users', guests: ['conversations', 'groups'] },
  identities: { owner: 'auth' },
  sessions: { owner: 'auth' },
  conversations: { owner: 'membership', guests: ['messages', 'conversations', 'groups', 'realtime'] },
  participants: { owner: 'membership', guests: ['messages', 'conversations', 'groups', 'realtime'] },
  messages: { owner: 'messages' },
  hidden_messages: { owner: 'messages' },
  message_reactions: { owner: 'messages' },
  nodes: { owner: 'realtime' },
  presence: { owner: 'realtime' },
  changes: { owner: 'realtime' },
  forgotten_changes: { owner: 'realtime' },
}

/** The tables that a text names: after a word of SQL that wants one, or as an import of `tables.ts`. */
function tablesIn (text: string): string[] {
  const inSql = text.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:LATERAL\s+)?([a-z_]+)\b(?!\()/g)
  const imported = text.matchAll(/import (?:type )?\{([^}]*)\} from '[^']*tables\.ts'/g)
  const names = [...imported].flatMap(([, names]) => names!.split(',').map(name => name.trim().replace(/^type /, '')))
  const snake = names.map(name => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
  return [...[...inSql].map(([, name]) => name!), ...snake].filter(name => Object.hasOwn(owners, name))
}

t.test('a table is named by its owner, and by those that are listed', async t => {
  t.same(tablesIn("sql`SELECT FROM users u JOIN messages m`; import { hiddenMessages } from './tables.ts'"), [
    'users', 'messages', 'hidden_messages',
  ])
  const roomOf = (file: string) => moduleOf(file) ?? file.split('/').slice(0, 2).join('/')
  const named = [...texts].flatMap(([file, text]) => tablesIn(text).map(table => ({ file, table, room: roomOf(file) })))
  const isAllowed = (room: string, { owner, guests = [] }: { owner: string, guests?: string[] }) =>
    [owner, ...guests].includes(room)
  const trespasses = named.filter(({ table, room }) => !isAllowed(room, owners[table]!))
  t.same(trespasses.map(({ file, table }) => `${file} ${table}`), [])
  const declared = [...texts].flatMap(([, text]) => [...text.matchAll(/pgTable\('(\w+)'/g)].map(([, name]) => name!))
  t.same(declared.sort(), Object.keys(owners).sort(), 'every table has an owner')
  const used = new Set(named.map(({ table, room }) => `${table} ${room}`))
  const needless = Object.entries(owners).flatMap(([table, { guests = [] }]) =>
    guests.filter(guest => !used.has(`${table} ${guest}`)).map(guest => `${table} ${guest}`))
  t.same(needless, [], 'nobody is listed without need')
})
