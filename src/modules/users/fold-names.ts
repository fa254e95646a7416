import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../../db.ts'
import { fold } from '../../lib/fold.ts'

const batchSize = 500

/** Folds the names of a table that are not folded yet, in batches; those that others are writing not this time. */
export async function foldNames (db: Database, table: PgTable): Promise<void> {
  let after: string | undefined = '00000000-0000-0000-0000-000000000000'
  while (after !== undefined) after = await foldBatch(db, table, after)
}

/** Returns the last id of the batch, if there was one. */
async function foldBatch (db: Database, table: PgTable, after: string): Promise<string | undefined> {
  return db.transaction(async db => {
    const { rows } = await db.execute<{ id: string, name: string }>(sql`
      SELECT id, name FROM ${table} WHERE folded_name IS NULL AND name IS NOT NULL AND id > ${after}
      ORDER BY id LIMIT ${batchSize} FOR NO KEY UPDATE SKIP LOCKED`)
    if (rows.length === 0) return undefined
    const [ids, folded] = [rows.map(({ id }) => id), rows.map(({ name }) => fold(name))]
    await db.execute(sql`
      UPDATE ${table} t SET folded_name = f.folded
      FROM unnest(${sql.param(ids)}::uuid[], ${sql.param(folded)}::text[]) AS f (id, folded) WHERE t.id = f.id`)
    return rows.at(-1)!.id
  })
}
