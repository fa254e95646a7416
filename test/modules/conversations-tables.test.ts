import { getTableConfig } from 'drizzle-orm/pg-core'
import t from 'tap'
import { conversations, participants } from '../../src/modules/membership/tables.ts'
import { hiddenMessages, messages } from '../../src/modules/messages/tables.ts'
import { startServer } from '../support/server.ts'

const server = await startServer(t)
const snakeCase = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

for (const table of [conversations, participants, messages, hiddenMessages]) {
  const { name, columns, foreignKeys, uniqueConstraints, primaryKeys, checks, indexes } = getTableConfig(table)

  t.test(`the database's table ${name} is the one that the code describes`, async t => {
    const found = await server.sql(`
      SELECT column_name AS name, is_nullable = 'NO' AS "notNull"
      FROM information_schema.columns WHERE table_name = $1`, [name])
    const described = columns.map(column => ({
      name: snakeCase(column.name), notNull: column.notNull || primaryKeys.some(key => key.columns.includes(column)),
    }))
    t.same(
      new Map(found.map(row => [row.name, row.notNull])),
      new Map(described.map(column => [column.name, column.notNull]))
    )

    const constraints = await server.sql(`
      SELECT c.conname AS name, f.relname AS target FROM pg_constraint c LEFT JOIN pg_class f ON f.oid = c.confrelid
      WHERE c.conrelid = $1::regclass AND c.contype IN ('f', 'u', 'c')`, [name])
    const references = foreignKeys.map(key => getTableConfig(key.reference().foreignTable).name)
    t.same(constraints.map(row => row.target).filter(Boolean).sort(), references.sort(), 'foreign keys')
    const names = [...uniqueConstraints, ...checks].map(constraint => constraint.name).sort()
    const ownNames = constraints.filter(row => !row.target).map(row => row.name).sort()
    t.same(ownNames, names, 'unique constraints and checks')

    const existing = (await server.sql('SELECT indexname AS name FROM pg_indexes WHERE tablename = $1', [name])).map(
      row => row.name
    )
    t.same(indexes.filter(index => !existing.includes(index.config.name)), [], 'indexes')
  })
}
