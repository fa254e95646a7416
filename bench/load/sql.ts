import type pg from 'pg'
import { createPool } from '../../src/db.ts'
import * as statements from '../limits/statements.ts'
import { keepInFlight, type Drive, type Prepare } from './drive.ts'

export interface SqlJob { databaseUrl: string, inFlight: number, work: keyof typeof statements, cases: string[][] }

/** The least that a server without HTTP could do: one statement an operation, through the pool that Convo uses. */
export const sql: Drive<SqlJob> = { module: 'sql' }

export const prepare: Prepare<SqlJob> = async ({ databaseUrl, inFlight, work, cases }) => {
  const pool: pg.Pool = createPool(databaseUrl)
  const { text, values, planned } = statements[work]
  const name = planned ? undefined : work
  return seconds => keepInFlight(inFlight, seconds, async i => {
    const { rows } = await pool.query({ name, text, values: values(cases[i % cases.length]!) })
    if (rows.length === 0 && work === 'send') throw new Error('nothing was sent')
    return JSON.stringify(rows)
  })
}
