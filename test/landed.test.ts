import { appendFile, cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { faultsOf, land } from '../scripts/migrations/landed.ts'
import { createFolder } from './support/server.ts'

const migrations = fileURLToPath(new URL('../drizzle', import.meta.url))

interface Journal { entries: Array<{ tag: string, when: number }> }

/** A copy of the migrations with a journal that can be changed. */
async function copyMigrations (t: Parameters<typeof createFolder>[0]) {
  const folder = await createFolder(t)
  await cp(migrations, folder, { recursive: true })
  const file = join(folder, 'meta/_journal.json')
  return {
    folder,
    async changeJournal (change: (entries: Journal['entries']) => unknown): Promise<void> {
      const journal = JSON.parse(await readFile(file, 'utf8')) as Journal
      change(journal.entries)
      await writeFile(file, JSON.stringify(journal))
    },
  }
}

t.test('the migrations are as they landed', async t => {
  t.same(await faultsOf(migrations), [])
})

t.test('one that landed is not edited, and noting hashes does not help', async t => {
  const { folder } = await copyMigrations(t)
  await appendFile(join(folder, '0003_session_changes.sql'), '\n-- An afterthought.\n')
  const fault = '0003_session_changes has landed: what it lacks goes into another migration'
  t.same(await faultsOf(folder), [fault])
  await land(folder)
  t.same(await faultsOf(folder), [fault])
})

t.test('nor is it left out, or told to be another time\'s', async t => {
  const { folder, changeJournal } = await copyMigrations(t)
  await changeJournal(entries => { entries[0]!.when-- })
  t.same(await faultsOf(folder), ['0000_init has landed: it keeps its place in the journal'])
  await changeJournal(entries => entries.shift())
  t.match(await faultsOf(folder), ['0000_init has landed: it keeps its place in the journal'])
})

t.test('a new one has its hash noted when it is finished, and comes last', async t => {
  const { folder, changeJournal } = await copyMigrations(t)
  await writeFile(join(folder, '9000_new.sql'), 'SELECT 1')
  await changeJournal(entries => entries.push({ tag: '9000_new', when: entries.at(-1)!.when + 1 }))
  t.same(await faultsOf(folder), ['9000_new has no hash yet: run npm run db:land'])
  await land(folder)
  t.same(await faultsOf(folder), [])
  await writeFile(join(folder, '9001_newer.sql'), 'SELECT 1')
  await changeJournal(entries => entries.push({ tag: '9001_newer', when: 1 }))
  await land(folder)
  t.same(await faultsOf(folder), ['9001_newer is older than the one before it'])
})
