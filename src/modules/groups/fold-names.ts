import type { Database } from '../../db.ts'
import { conversations } from '../membership/tables.ts'
import { foldNames } from '../users/public.ts'
import { users } from '../users/tables.ts'

/** Folds the names that are not: those from before, and those that nodes of the release before write meanwhile. */
export async function foldAllNames (db: Database): Promise<void> {
  await foldNames(db, users)
  await foldNames(db, conversations)
}
