/**
 * What each migration was when it landed, in drizzle/landed.json. Databases have been through it, so it is
 * never edited: another one follows it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readMigrations, type Migration } from '../../src/migrations.ts'

type Landed = Pick<Migration, 'tag' | 'when' | 'hash'>

const fileIn = (folder: string) => join(folder, 'landed.json')
const readLanded = async (folder: string): Promise<Landed[]> =>
  JSON.parse(await readFile(fileIn(folder), 'utf8')) as Landed[]

/** What is wrong with the migrations of a folder, a line each. */
export async function faultsOf (folder: string): Promise<string[]> {
  const [landed, migrations] = [await readLanded(folder), await readMigrations(folder)]
  const faults = landed.flatMap(({ tag, when, hash }, i) => {
    const now = migrations[i]
    if (now?.tag !== tag || now.when !== when) return `${tag} has landed: it keeps its place in the journal`
    return now.hash === hash ? [] : `${tag} has landed: what it lacks goes into another migration`
  })
  const added = migrations.slice(landed.length).map(({ tag }) => `${tag} has no hash yet: run npm run db:land`)
  const disordered = migrations.filter(({ when }, i) => i > 0 && when <= migrations[i - 1]!.when)
  return [...faults, ...added, ...disordered.map(({ tag }) => `${tag} is older than the one before it`)]
}

/** Notes the hashes of those that have none. Those that are there stay as they are. */
export async function land (folder: string): Promise<void> {
  const [landed, migrations] = [await readLanded(folder), await readMigrations(folder)]
  const added = migrations.slice(landed.length).map(({ tag, when, hash }) => ({ tag, when, hash }))
  await writeFile(fileIn(folder), `${JSON.stringify([...landed, ...added], undefined, 2)}\n`)
}
