import { globSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { CasingCache } from 'drizzle-orm/casing'
import pg from 'pg'
import t from 'tap'
import { createDatabase } from '../support/server.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))
const modules = await Promise.all(
  globSync('**/tables.ts', { cwd: source }).map(file => import(pathToFileURL(`${source}/${file}`).href))
)
const tables = modules.flatMap(module => Object.values(module))
  .filter((value): value is PgTable => is(value, PgTable)).map(getTableConfig)
const casing = new CasingCache('snake_case')

const client = new pg.Client({ connectionString: await createDatabase(t) })
await client.connect()
t.teardown(() => client.end())
const rows = async <Row>(text: string): Promise<Row[]> => (await client.query(text)).rows

t.test('every constraint and index has a name of its own', async t => {
  const names = tables.flatMap(table => [
    ...table.indexes.map(({ config }) => config.name),
    ...table.uniqueConstraints.map(({ name }) => name),
    ...table.checks.map(({ name }) => name),
    ...table.primaryKeys.map(key => key.getName()),
  ])
  t.ok(names.length > 20)
  for (const name of names) t.match(name, /^[a-z_]+$/)
  t.equal(new Set(names).size, names.length)
  for (const { columns } of tables) {
    t.notOk(columns.some(column => column.isUnique), 'none is made in passing, by a column')
  }
})

t.test('the migrated database holds these tables and no others', async t => {
  const found = await rows<{ name: string }>(`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`)
  t.same(found.map(({ name }) => name).sort(), tables.map(({ name }) => name).sort())
})

t.test('with these columns', async t => {
  const found = await rows<{ table: string, name: string, type: string, required: boolean, fallback: boolean }>(`
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
      a.attnotnull AS required, a.atthasdef AS fallback
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped`)
  const typeOf = (type: string) =>
    type.replace('varchar', 'character varying').replace(/timestamp \((\d)\) with/, 'timestamp($1) with')
  const declared = tables.flatMap(table => table.columns.map(column => ({
    table: table.name,
    name: casing.getColumnCasing(column),
    type: typeOf(column.getSQLType()),
    required: column.notNull,
    fallback: column.hasDefault,
  })))
  const inOrder = (columns: typeof found) =>
    columns.sort((a, b) => `${a.table}.${a.name}` < `${b.table}.${b.name}` ? -1 : 1)
  t.same(inOrder(found), inOrder(declared))
})

t.test('with these constraints', async t => {
  const found = await rows<{ kind: string, name: string }>(`
    SELECT contype AS kind, conname AS name FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('u', 'c', 'f', 'p')`)
  const namesOf = (kind: string) => found.filter(constraint => constraint.kind === kind).map(({ name }) => name).sort()
  t.same(namesOf('u'), tables.flatMap(table => table.uniqueConstraints.map(({ name }) => name)).sort())
  t.same(namesOf('c'), tables.flatMap(table => table.checks.map(({ name }) => name)).sort())
  const keyOf = (table: typeof tables[number]) =>
    table.columns.some(column => column.primary) ? `${table.name}_pkey` : table.primaryKeys.map(key => key.getName())
  t.same(namesOf('p'), tables.flatMap(keyOf).sort())

  const keys = await rows<{ from: string, to: string, cascades: boolean }>(`
    SELECT conrelid::regclass || '(' || string_agg(a.attname, ',') || ')' AS from, confrelid::regclass::text AS to,
      confdeltype = 'c' AS cascades
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.contype = 'f' AND connamespace = 'public'::regnamespace GROUP BY k.oid, conrelid, confrelid, confdeltype`)
  const declared = tables.flatMap(table => table.foreignKeys.map(key => {
    const { columns, foreignTable } = key.reference()
    return {
      from: `${table.name}(${columns.map(column => casing.getColumnCasing(column)).join()})`,
      to: getTableConfig(foreignTable).name,
      cascades: key.onDelete === 'cascade',
    }
  }))
  const inOrder = (list: typeof keys) => list.sort((a, b) => a.from < b.from ? -1 : 1)
  t.same(inOrder(keys), inOrder(declared))
})

t.test('with these indexes, all of them in use', async t => {
  const found = await rows<{ name: string, unique: boolean, partial: boolean, method: string, valid: boolean }>(`
    SELECT c.relname AS name, i.indisunique AS unique, i.indpred IS NOT NULL AS partial, am.amname AS method,
      i.indisvalid AS valid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
    WHERE c.relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u'))`)
  const declared = tables.flatMap(table => table.indexes.map(({ config }) => ({
    name: config.name!,
    unique: config.unique,
    partial: config.where !== undefined,
    method: config.method ?? 'btree',
    valid: true,
  })))
  const inOrder = (list: typeof found) => list.sort((a, b) => a.name < b.name ? -1 : 1)
  t.same(inOrder(found), inOrder(declared))
})
