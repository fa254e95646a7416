import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Database } from '../../src/db.ts'
import { listGroups } from '../../src/modules/groups/queries.ts'
import { listUsers } from '../../src/modules/users/queries.ts'
import { createDatabase, startServer, until } from '../support/server.ts'

const server = await startServer(t)
const viewer = await server.signIn('Viewer')

const find = async (search: string): Promise<string[]> => {
  const { status, body } = await viewer.get(`/users?search=${encodeURIComponent(search)}`)
  if (status !== 200) throw new Error(body.message)
  return body.users.map((user: { name: string }) => user.name)
}

/** Whether a person is found by all of these. */
async function isFound (t: Pick<Test, 'same'>, name: string, searches: string[]): Promise<void> {
  for (const search of searches) t.same(await find(search), [name], search)
}

const foldedName = async (id: string) =>
  (await server.sql('SELECT folded_name FROM users WHERE id = $1', [id]))[0].folded_name

t.test('people are found whatever one types of accents, case, order and space', async t => {
  for (const name of ['José García', 'Inge Straße', 'Οδυσσεύς', 'Anne‐Marie O’Neill']) await server.signIn(name)
  await isFound(t, 'José García', ['jose garcia', 'GARCÍA jos', ' garc  jose ', 'osé\u3000arcía', 'Jose\u0301'])
  await isFound(t, 'Inge Straße', ['strasse', 'STRASSE inge', 'straße'])
  await isFound(t, 'Οδυσσεύς', ['ΟΔΥΣΣΕΥΣ', 'οδυσσεύσ', 'δυσσ'])
  await isFound(t, 'Anne‐Marie O’Neill', ["o'neill anne-marie", 'marie O`Neill', 'O‘Neill Anne–M'])
  t.same(await find('jose neill'), [], 'each word in the same person')
  t.same(await find(' \t'), await find(''), 'spaces are nothing')
})

t.test('after an @ only usernames are looked at, from their beginning', async t => {
  const mo = await server.signIn('Mo Untain')
  await mo.patch('/users/me', { username: 'the_peak' })
  await server.signIn('The Peak')
  await isFound(t, 'Mo Untain', ['@the_', '@THE_PEAK', ' @the_p ', 'untain @the', 'the_'])
  t.same(await find('@peak'), [])
  t.same(await find('@untain'), [])
  t.same((await find('peak')).sort(), ['Mo Untain', 'The Peak'])
  await mo.patch('/users/me', { username: 'valley' })
  t.same(await find('@the_peak'), [], 'nor by one that was given up')
  await isFound(t, 'Mo Untain', ['@valley'])
})

t.test('who changes their name is found by the new one, also if both fold to the same', async t => {
  const person = await server.signIn('Rene Magritte')
  await person.patch('/users/me', { username: 'painter' })
  for (const name of ['René Magritte', 'Rene Magritte', 'René Magritte', 'René Magritte', 'René François']) {
    await person.patch('/users/me', { name })
    await isFound(t, name, ['renÉ', ` ${name.toUpperCase()} `])
    t.equal((await foldedName(person.id)).trim(), name === 'René François' ? 'rene francois' : 'rene magritte')
  }
  t.same(await find('magritte'), [])
})

t.test('whom the release before writes is found at once as written, and soon by all that is the same', async t => {
  const person = await server.signIn('Zoe Before')
  await person.patch('/users/me', { username: 'upgraded' })
  await server.sql("UPDATE users SET name = 'Zoë After' WHERE id = $1", [person.id])
  t.same([await find('zoe before'), await find('AFTER')], [[], ['Zoë After']])
  await server.sql(`
    INSERT INTO users (id, google_sub, email, name, initials, avatar_color, username)
    VALUES (gen_random_uuid(), 'inserted', 'x@example.com', 'Chloé Insert', 'CI', '#000', 'chloe')`)
  await isFound(t, 'Chloé Insert', ['insert @chloe'])
  await until(async () => (await find('zoe')).length > 0 && (await find('chloe insert')).length > 0)
  t.equal(await foldedName(person.id), 'zoe after')
  await server.sql('UPDATE users SET name = name, bio = $2 WHERE id = $1', [person.id, 'x'])
  t.equal(await foldedName(person.id), 'zoe after', 'a write that changes no name forgets none')
})

t.test('a database that cannot be folded now is folded later', async t => {
  await server.sql('ALTER TABLE users RENAME COLUMN folded_name TO away')
  await until(() => server.log().includes('upkeep has to wait'))
  await server.sql('ALTER TABLE users RENAME COLUMN away TO folded_name')
  const person = await server.signIn('Anaïs')
  await server.sql('UPDATE users SET folded_name = NULL WHERE id = $1', [person.id])
  await until(async () => await foldedName(person.id) !== null)
  t.equal(await foldedName(person.id), 'anais')
})

/** So many people as the release before has left them. */
const fill = (client: pg.Client, count: number) => client.query(`
  INSERT INTO users (id, name, initials, avatar_color, username)
  SELECT gen_random_uuid(), 'Pérson ' || md5(n::text), 'P', '#000', 'filled.' || n FROM generate_series(1, $1::int) n`,
[count])

async function connect (t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.test('at a start, the names that are there are folded, save those that somebody else is writing', async t => {
  const url = await createDatabase(t)
  const [client, other] = [await connect(t, url), await connect(t, url)]
  await fill(client, 1_200)
  await client.query('UPDATE conversations SET folded_name = NULL')
  await other.query('BEGIN')
  await other.query("UPDATE users SET bio = 'x' WHERE username = 'filled.7'")
  const restarted = await startServer(t, { DATABASE_URL: url })
  const left = 'SELECT username FROM users WHERE folded_name IS NULL'
  t.same((await client.query(left)).rows, [{ username: 'filled.7' }])
  t.equal((await client.query("SELECT FROM users WHERE folded_name LIKE 'person %'")).rowCount, 1_199)
  t.same((await client.query("SELECT FROM conversations WHERE folded_name IS NULL AND type = 'group'")).rows, [])
  await other.query('COMMIT')
  await until(async () => (await restarted.sql(left)).length === 0)
})

/** How PostgreSQL carries out what a query asks. */
async function plansOf (t: Test, url: string, use: (db: Database) => Promise<unknown>): Promise<string[]> {
  const client = await connect(t, url)
  const asked: Array<[string, unknown[]]> = []
  await use(drizzle(client, { casing: 'snake_case', logger: { logQuery: (...query) => { asked.push(query) } } }))
  return Promise.all(asked.map(async ([text, values]) =>
    (await client.query(`EXPLAIN ${text}`, values)).rows.map(row => row['QUERY PLAN']).join('\n')))
}

t.test('a search among many is answered by an index', async t => {
  const url = await createDatabase(t)
  const client = await connect(t, url)
  await fill(client, 20_000)
  await client.query("UPDATE users SET folded_name = replace(lower(name), 'é', 'e') WHERE length(username) > 10")
  await client.query(`
    INSERT INTO conversations (id, type, name)
    SELECT gen_random_uuid(), 'group', 'Group ' || md5(n::text) FROM generate_series(1, 20000) n`)
  await client.query('VACUUM ANALYZE users, conversations')
  for (const search of ['a1d0c6e8', 'PERSON A1d0c6', '@filled.17171']) {
    const [people] = await plansOf(t, url, db => listUsers(db, viewer.id, { search, limit: 50 }))
    t.match(people, 'Bitmap Index Scan on users_searched_trigrams', search)
    const plans = await plansOf(t, url, db => listGroups(db, viewer.id, { search, limit: 50 }))
    t.match(plans[1], 'Bitmap Index Scan on groups_searched_trigrams', `${search}, groups`)
  }
})
