import t from 'tap'
import { startServer, until, type Person } from '../support/server.ts'

const server = await startServer(t)
const viewer = await server.signIn('Viewer')
const names = ['ann', 'Ann', 'ANN', 'ann', 'bob', 'Bea', 'carl', 'Carla', 'ann']
const people = await Promise.all(names.map(name => server.signIn(name)))

const userKeys = [
  'avatarColor', 'avatarUrl', 'bio', 'createdAt', 'id', 'initials', 'isOnline', 'lastActive', 'name', 'updatedAt',
  'username',
]
const meKeys = [...userKeys, 'email', 'phoneNumber'].sort()

/** All pages of a list, as ids. */
async function readPages (person: Person, query: Record<string, string> = {}) {
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const search: string = new URLSearchParams({ ...query, ...cursor !== null && { cursor } }).toString()
    const { status, body } = await person.get(`/users?${search}`)
    if (status !== 200) throw new Error(`${status} ${body.message}`)
    pages.push(body.users.map((user: { id: string }) => user.id))
    if (body.hasMore !== (body.nextCursor !== null)) throw new Error('hasMore and nextCursor disagree')
    cursor = body.nextCursor
  } while (cursor !== null)
  return pages
}

const find = async (search: string): Promise<string[]> => {
  const { body } = await viewer.get(`/users?search=${encodeURIComponent(search)}`)
  return body.users.map((user: { name: string }) => user.name)
}

t.test('everybody else is listed by name, once, page by page', async t => {
  const sorted = people.map(({ id, user }) => ({ id, key: user.name.toLowerCase() }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1).map(({ id }) => id)
  for (const limit of [1, 2, 4, 8, 9, 100]) {
    const pages = await readPages(viewer, { limit: `${limit}` })
    t.same(pages.flat(), sorted, `in pages of ${limit}`)
    t.ok(pages.slice(0, -1).every(page => page.length === limit))
    t.equal(pages.length, Math.ceil(people.length / limit))
  }
  t.same(await readPages(viewer), [sorted])
})

t.test('others see a User, oneself a Me, with exactly the columns of the specification', async t => {
  const [ann] = people
  const { body } = await viewer.get('/users')
  for (const user of body.users) t.same(Object.keys(user).sort(), userKeys)
  const { email: _email, phoneNumber: _phoneNumber, ...user } = ann!.user
  t.same((await viewer.get(`/users/${ann!.id}`)).body, { user })
  t.same((await viewer.get(`/users/${ann!.id.toUpperCase()}`)).body, { user })
  const me = await ann!.get('/auth/me')
  t.same(Object.keys(me.body.user).sort(), meKeys)
  t.same((await ann!.get(`/users/${ann!.id}`)).body, { user }, 'even oneself, looked at as others are')
})

t.test('a search finds part of a name or username, whatever its case, and nothing else', async t => {
  const names = ['100% Éva', '1000 Éva', 'snake_case', 'snakeXcase', 'back\\slash', 'back/slash', '李小龍']
  await Promise.all(names.map(name => server.signIn(name)))
  const countess = await server.signIn('Ada Lovelace')
  await countess.patch('/users/me', { username: 'the_countess' })

  t.same(await find('LOVE'), ['Ada Lovelace'])
  t.same(await find('COUNTESS'), ['Ada Lovelace'])
  t.same(await find('da lo'), ['Ada Lovelace'])
  t.same(await find('小'), ['李小龍'])
  t.same(await find('ÉVA'), ['100% Éva', '1000 Éva'])
  t.same(await find('É'), await find('e'), 'accents are none')
  t.same(await find('nobody at all'), [])
  t.same(await find('example.com'), [], 'not by e-mail address')
  t.same(await find('viewer'), [], 'not oneself')

  t.same(await find('%'), ['100% Éva'])
  t.same(await find('0%'), ['100% Éva'])
  t.same((await find('_')).sort(), ['Ada Lovelace', 'snake_case'])
  t.same(await find('ke_c'), ['snake_case'])
  t.same(await find('\\'), ['back\\slash'])
  t.same(await find('k\\s'), ['back\\slash'])
  t.same(await find('\\%'), [])
  t.same(await find('\''), [])
  t.same((await find('')).length, (await readPages(viewer)).flat().length, 'an empty one finds everybody')
})

t.test('what is found is paged too, however long its names', async t => {
  const long = await Promise.all(['😀', '"', '\u0001', 'İ'].flatMap(character =>
    [1, 2].map(() => server.signIn(`${character.repeat(50)}needle${character.repeat(44)}`))))
  const pages = await readPages(viewer, { search: 'NEEDLE', limit: '1' })
  t.equal(pages.length, long.length)
  t.same(pages.flat().sort(), long.map(({ id }) => id).sort())
})

t.test('a cursor that is none of this list is a 400', async t => {
  const encode = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
  const [{ id }] = people as [Person]
  const garbage = ['', 'x', '%00', 'null', encode(null), encode('ann'), encode({}), encode([]), encode(['ann']), encode(
    ['ann', id, id]
  ), encode([1, id]),
  encode(['ann', 1]), encode([
    'ann', 'no-uuid',
  ]), encode(['a\u0000', id]), encode([id, 'ann']), id, 'x'.repeat(1001), encode(['ann', id]).slice(0, -4)]
  for (const cursor of garbage) {
    t.match(await viewer.get(`/users?cursor=${cursor}`), {
      status: 400, body: { code: 'VALIDATION_FAILED' },
    }, cursor.slice(0, 40))
  }
  await viewer.talkTo(people[0]!)
  await viewer.talkTo(people[1]!)
  const { status } = await viewer.get(`/users?cursor=${encode(['ann', id])}`)
  t.equal(status, 200, 'while one of its form is good')
})

t.test('a query out of bounds is a 400', async t => {
  const queries = [
    'limit=0', 'limit=101', 'limit=-1', 'limit=1.5', 'limit=', 'limit=many', 'limit=1&limit=2',
    `search=${'x'.repeat(101)}`, 'search=%00', 'search=a&search=b', 'unknown=1',
  ]
  const refused = { status: 400, body: { code: 'VALIDATION_FAILED' } }
  for (const query of queries) {
    t.match(await viewer.get(`/users?${query}`), refused, query.slice(0, 20))
  }
  t.equal((await viewer.get('/users?limit=1')).body.users.length, 1)
  t.equal((await viewer.get('/users?limit=100')).status, 200)
})

t.test('nobody is a 404, and what is no id a 400', async t => {
  t.match(await viewer.get('/users/01980000-0000-7000-8000-000000000000'), {
    status: 404, body: { code: 'NOT_FOUND', message: 'There is no such user.' },
  })
  for (const id of ['me', '1', 'x'.repeat(36), `${viewer.id}0`, '%00']) {
    t.match(await viewer.get(`/users/${id}`), { status: 400, body: { code: 'VALIDATION_FAILED' } }, id)
  }
})

t.test('while either side blocks, neither sees whether the other is there', async t => {
  const [ada, bob, eve] = await server.signInMany(3) as [Person, Person, Person]
  const { id } = await ada.talkTo(bob)
  await ada.connect()
  await bob.connect()
  await server.sql('UPDATE users SET last_active = now() WHERE id IN ($1, $2)', [ada.id, bob.id])

  /** What someone is shown of another's presence, one by one and in the list. */
  async function seen (by: Person, of: Person) {
    const { body: { user } } = await by.get(`/users/${of.id}`)
    const { body: { users: [listed] } } = await by.get(`/users?search=${of.user.username}&limit=1`)
    t.same(listed, user)
    return [user.isOnline, user.lastActive !== null]
  }
  await until(async () => (await seen(ada, bob))[0] && (await seen(bob, ada))[0])

  for (const blocker of [ada, bob]) {
    t.same([await seen(ada, bob), await seen(bob, ada)], [[true, true], [true, true]])
    await blocker.patch(`/conversations/${id}`, { isBlocked: true })
    t.same([await seen(ada, bob), await seen(bob, ada)], [[false, false], [false, false]])
    t.same([await seen(eve, ada), await seen(eve, bob)], [[true, true], [true, true]], 'others do')
    await blocker.patch(`/conversations/${id}`, { isBlocked: false })
  }
  t.same([await seen(ada, bob), await seen(bob, ada)], [[true, true], [true, true]])
})
