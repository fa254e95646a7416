/**
 * Fails when the tables in src and the migrations in drizzle/ differ, that is, when
 * `npm run db:generate` would write one; and when a migration that has landed was edited.
 * With --land it notes the hashes of those that are new.
 */
import { access, glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { generateDrizzleJson, type DrizzleSnapshotJSON } from 'drizzle-kit/api'
import config from '../drizzle.config.ts'
import { faultsOf, land } from './migrations/landed.ts'

interface Snapshot { id: string, prevId: string, tables: object, enums: object }
interface Journal { entries: Array<{ idx: number, tag: string }> }

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, config.out!)
const readJson = async <T>(path: string): Promise<T> =>
  JSON.parse(await readFile(join(folder, path), 'utf8')) as T

/** What the tables in src look like now. */
async function currentSnapshot (): Promise<DrizzleSnapshotJSON> {
  const tables: Record<string, unknown> = {}
  for await (const file of glob(config.schema as string, { cwd: root })) {
    Object.assign(tables, await import(pathToFileURL(join(root, file)).href))
  }
  return generateDrizzleJson(tables, undefined, undefined, config.casing)
}

/** What they looked like when the last migration was written. */
async function lastSnapshot (): Promise<DrizzleSnapshotJSON> {
  const { entries } = await readJson<Journal>('meta/_journal.json')
  for (const { tag } of entries) await access(join(folder, `${tag}.sql`))
  return readJson(`meta/${String(entries.at(-1)!.idx).padStart(4, '0')}_snapshot.json`)
}

/** The tables and types alone: ids of snapshots are of no interest. */
function shapeOf (snapshot: DrizzleSnapshotJSON): Record<string, unknown> {
  const { id: _id, prevId: _previous, ...shape } = JSON.parse(JSON.stringify(snapshot)) as Snapshot
  return { ...shape.tables, ...shape.enums, rest: { ...shape, tables: undefined, enums: undefined } }
}

const [current, last] = [shapeOf(await currentSnapshot()), shapeOf(await lastSnapshot())]
const names = new Set([...Object.keys(current), ...Object.keys(last)])
const changed = [...names].filter(name => !isDeepStrictEqual(current[name], last[name]))
const lacking = changed.length > 0
  ? [`drizzle/ lacks a migration for ${changed.join(', ')}; run npm run db:generate`]
  : []

if (process.argv.includes('--land')) await land(folder)
const faults = [...lacking, ...await faultsOf(folder)]
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
