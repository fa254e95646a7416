import t from 'tap'
import { drizzle } from 'drizzle-orm/node-postgres'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { serializeError } from '../../src/lib/log-error.ts'
import { createDatabase } from '../support/server.ts'

t.test('an ordinary error is logged with its words and its place', async t => {
  const error = serializeError(Object.assign(new TypeError('no such tea'), { code: 'NO_TEA' }))
  t.match(error, { type: 'TypeError', code: 'NO_TEA', message: 'no such tea' })
  t.match(error.stack, /^ {4}at .*log-error\.test\.ts/)
  t.notMatch(error.stack, 'no such tea')
})

t.test('of an error with a cause the code of the cause is logged', async t => {
  const cause = Object.assign(new Error('inner'), { code: 'ECONNREFUSED' })
  t.match(serializeError(new Error('outer', { cause })), { code: 'ECONNREFUSED', message: 'outer' })
  t.match(serializeError(new Error('outer', { cause: 'a word' })), { code: undefined, message: 'outer' })
})

t.test('what was thrown without being an error, or without a place, is logged all the same', async t => {
  for (const thrown of ['a word', undefined, null, { secret: 'x' }, 7]) {
    t.notMatch(JSON.stringify(serializeError(thrown)), 'secret')
    t.equal(serializeError(thrown).message, 'not an error')
  }
  const placeless = new Error('nowhere')
  delete placeless.stack
  t.match(serializeError(placeless), { message: 'nowhere', stack: '' })
})

t.test('of a failed statement neither its text nor its values are logged', async t => {
  const pool = new pg.Pool({ connectionString: await createDatabase(t), max: 1 })
  pool.on('error', () => {})
  t.teardown(() => pool.end())
  const db = drizzle(pool)
  await db.execute(sql`CREATE TABLE letters (body text CONSTRAINT letters_unique UNIQUE)`)
  const write = () => db.execute(sql`INSERT INTO letters VALUES (${'a secret letter'})`)
  await write()
  const error = serializeError(await write().catch(error => error))
  t.match(error, { code: '23505', constraint: 'letters_unique', message: 'a statement failed' })
  t.notMatch(JSON.stringify(error), /secret|INSERT/)

  const unsent = Object.assign(new Error('Failed query: SELECT $1\nparams: a secret letter'), {
    cause: new Error('Query read timeout'),
  })
  t.notMatch(JSON.stringify(serializeError(unsent)), 'secret')
})
