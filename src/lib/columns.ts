import { getTableColumns, sql, type InferSelectModel, type SQL } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { PgTable } from 'drizzle-orm/pg-core'

/** Some columns of a table for a statement in SQL, and what reads them out of its rows. */
export interface Columns<Row> {
  sql: SQL
  read (row: Record<string, unknown>): Row
}

/**
 * Drizzle's builder puts a statement together anew for each call, which takes longer than the rest
 * of a hot path. With these, a statement written out as `sql` returns the same typed rows.
 * @param alias of the table in the statement; it precedes the columns' names in rows, so that several tables fit in one
 */
export function columnsOf<Table extends PgTable, Key extends keyof InferSelectModel<Table> & string> (
  table: Table, alias: string, keys?: readonly Key[]
): Columns<Pick<InferSelectModel<Table>, Key>> {
  const names = (keys ?? Object.keys(getTableColumns(table))).map(key => [key, `${alias}.${key}`] as const)
  return {
    sql: sql.raw(names.map(([key, name]) => `${alias}.${toSnakeCase(key)} AS "${name}"`).join(', ')),
    read (row) {
      const read: Record<string, unknown> = {}
      for (const [key, name] of names) read[key] = row[name]
      return read as Pick<InferSelectModel<Table>, Key>
    },
  }
}
