import semver from 'semver'
import type { Advisory } from './advisories.ts'
import { copiesIn, type Copy, type Lock, type Manifest } from './lock.ts'

/** Old clients that tests try on the server: installed as they once were, under names of their own, for tests alone. */
const specimens = ['socket.io-client-3.0', 'socket.io-client-3.1', 'socket.io-client-4.0']

const belongsToSpecimen = ({ path, dev }: Copy) =>
  dev === true && specimens.some(name => path.startsWith(`node_modules/${name}/`))

export function findOutdated (lock: Lock, advisories: Advisory[]): string[] {
  return copiesIn(lock).filter(copy => !belongsToSpecimen(copy)).flatMap(({ path, name, version }) => advisories
    .filter(advisory => advisory.package === name && !semver.satisfies(version, advisory.safe))
    .map(({ safe, ids, lesson }) => `${path}: ${name} ${version} is not ${safe} (${ids.join(', ')}: ${lesson})`))
}

/** npm runs install scripts by name, so one entry stands for all copies. */
export function findUnreviewedScripts ({ allowScripts = {} }: Manifest, lock: Lock): string[] {
  const scripted = new Set(copiesIn(lock).filter(copy => copy.hasInstallScript).map(copy => copy.name))
  return [
    ...[...scripted].filter(name => !Object.hasOwn(allowScripts, name))
      .map(name => `${name}: has an install script that allowScripts in package.json does not name`),
    ...Object.keys(allowScripts).filter(name => !scripted.has(name))
      .map(name => `${name}: allowScripts in package.json names it, but it has no install script`),
  ]
}

/** What is installed under another name has that before its version. */
const versionOf = ([name, version]: [string, string]) =>
  specimens.includes(name) ? version.replace(/^npm:[^@]+@/, '') : version

export function findRanges ({ dependencies, devDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(entry => semver.valid(versionOf(entry)) !== versionOf(entry))
    .map(([name, version]) => `${name}: package.json says "${version}", which is not one exact version`)
}

/** A copy is what its hash says, wherever it comes from: addresses would bind the lock file to one registry. */
export function findUnboundCopies (lock: Lock): string[] {
  return copiesIn(lock).flatMap(({ path, resolved, integrity }) => [
    ...resolved === undefined
      ? []
      : [`${path}: package-lock.json says where it comes from; .npmrc must keep omit-lockfile-registry-resolved`],
    ...integrity === undefined ? [`${path}: package-lock.json has no hash of it`] : [],
  ])
}

/** A tag can be moved to other code, a commit cannot. Its version is said beside it, for people and for Dependabot. */
export function findUnpinnedActions (file: string, workflow: string): string[] {
  return [...workflow.matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)]
    .filter(([, action]) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action!))
    .map(([, action]) => `${file}: "${action}" is not owner/name@COMMIT # vX.Y.Z`)
}

/** What a text imports of packages for more than its types, by their names; those of Node begin with `node:`. */
export function packagesIn (text: string): string[] {
  const imports = text.matchAll(
    /^(?:import|(?:import|export)(?! type\b)[^'=(]* from) '([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm
  )
  const names = [...imports].map(([, fixed, loaded]) => (fixed ?? loaded)!.match(/^(@[^/]+\/)?[^/]+/)![0])
  return [...new Set(names)].filter(name => !name.startsWith('node:'))
}

/** Production installs what src imports and nothing else. */
export function findMisplaced ({ dependencies = {} }: Manifest, sources: string[]): string[] {
  const imported = new Set(sources.flatMap(packagesIn))
  return [
    ...[...imported].filter(name => !Object.hasOwn(dependencies, name)).sort()
      .map(name => `${name}: is imported by src, but not among the dependencies in package.json`),
    ...Object.keys(dependencies).filter(name => !imported.has(name))
      .map(name => `${name}: is among the dependencies in package.json, but src does not import it`),
  ]
}
