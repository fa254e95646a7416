/**
 * Checks what is installed with Convo: versions, install scripts, licences and where it comes from.
 * Prints a line per fault and fails if there is any. With --write it writes docs/licences.md first.
 */
import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { advisories } from './supply-chain/advisories.ts'
import {
  findMisplaced, findOutdated, findRanges, findUnboundCopies, findUnpinnedActions, findUnreviewedScripts,
} from './supply-chain/checks.ts'
import { findLicences, licencesPage } from './supply-chain/licences.ts'
import type { Lock, Manifest } from './supply-chain/lock.ts'

const fileOf = (path: string) => new URL(`../${path}`, import.meta.url)
const readAll = (pattern: string) => Promise.all(globSync(pattern, { cwd: fileURLToPath(fileOf('.')) })
  .map(async path => ({ path, text: await readFile(fileOf(path), 'utf8') })))
const textsOf = async (pattern: string) => (await readAll(pattern)).map(({ text }) => text)
const readJson = async <T>(path: string) => JSON.parse(await readFile(fileOf(path), 'utf8')) as T

const manifest = await readJson<Manifest>('package.json')
const clientManifest = await readJson<Manifest>('client/package.json')
const lock = await readJson<Lock>('package-lock.json')
const workflows = await readAll('.github/workflows/*.{yml,yaml}')
const page = licencesPage(lock)

if (process.argv.includes('--write')) await writeFile(fileOf('docs/licences.md'), page)
const written = await readFile(fileOf('docs/licences.md'), 'utf8').catch(() => '')

const faults = [
  ...findOutdated(lock, advisories),
  ...findUnreviewedScripts(manifest, lock),
  ...findRanges(manifest),
  ...findRanges(clientManifest),
  ...findMisplaced(manifest, await textsOf('src/**/*.ts')),
  ...findMisplaced(clientManifest, await textsOf('client/src/**/*.ts')),
  ...findUnboundCopies(lock),
  ...findLicences(lock),
  ...workflows.flatMap(({ path, text }) => findUnpinnedActions(path, text)),
  ...written === page
    ? []
    : ['docs/licences.md: differs from package-lock.json; run node scripts/supply-chain.ts --write'],
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
