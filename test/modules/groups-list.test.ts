import t from 'tap'
import type { Group } from '../../src/modules/groups/schemas.ts'
import { startServer, type Answer, type Person } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const names = (groups: Group[]): string[] => groups.map(group => group.name)

/** All pages of `discover`, one after the other. */
async function discoverAll (person: Person, limit: number, search = ''): Promise<{ pages: number, groups: Group[] }> {
  const groups: Group[] = []
  let cursor: string | null = null
  for (let pages = 1; ; pages++) {
    const after: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const { status, body }: Answer = await person.get(
      `/groups?limit=${limit}&search=${encodeURIComponent(search)}${after}`
    )
    if (status !== 200 || body.discover.length > limit) throw new Error(JSON.stringify(body))
    groups.push(...body.discover)
    if (body.hasMore !== (body.nextCursor !== null)) throw new Error('hasMore and nextCursor disagree')
    if (!body.hasMore) return { pages, groups }
    cursor = body.nextCursor
  }
}

t.test('groups one is in come whole, the others in pages by name, each exactly once', async t => {
  for (const name of ['zebra', 'Äpfel', 'apple', 'Apple', 'APPLE', 'beta "quoted"', '🎈 balloon']) {
    t.equal((await bob.post('/groups', { name })).status, 201)
  }
  const { body: { group: own } } = await ada.post('/groups', { name: 'Own' })
  const whole = (await ada.get('/groups?limit=100')).body
  t.same(names(whole.joined), ['Own'])
  t.match(whole, { nextCursor: null, hasMore: false })
  t.equal(whole.discover.length, 12)
  t.notOk(whole.discover.some((group: Group) => group.id === own.id))
  t.same(names(whole.discover).filter(name => name.toLowerCase() === 'apple').length, 3, 'names may repeat')

  for (const limit of [1, 2, 5, 12]) {
    const { pages, groups } = await discoverAll(ada, limit)
    t.same(groups, whole.discover, `pages of ${limit}`)
    t.equal(pages, Math.ceil(12 / limit))
  }
  t.same((await ada.get('/groups?limit=1')).body.joined, whole.joined, 'on every page')
  t.same((await bob.get('/groups')).body.joined.length, 7)
})

t.test('a search narrows both lists, whatever the case, and takes wildcards literally', async t => {
  for (const name of ['100% wool', '1000 sheep', 'snake_case', 'snakeXcase', 'back\\slash', 'backslash']) {
    await bob.post('/groups', { name })
  }
  await ada.post('/groups', { name: 'Apple crumble' })
  const search = async (text: string) => {
    const { body } = await ada.get(`/groups?search=${encodeURIComponent(text)}`)
    return [...names(body.joined), ...names(body.discover)]
  }
  t.same((await ada.get('/groups?search=APPLE')).body.joined.length, 1)
  t.same((await search('aPPle')).length, 4)
  t.same(await search('100%'), ['100% wool'])
  t.same(await search('snake_'), ['snake_case'])
  t.same(await search('\\'), ['back\\slash'])
  t.same(await search('%'), ['100% wool'])
  t.same(await search('"quoted"'), ['beta "quoted"'])
  t.same(await search('🎈'), ['🎈 balloon'])
  t.same(await search('no such group'), [])
  t.same(
    (await search('')).length,
    (await search('a')).length + (await search('')).filter(name => !/[aä]/i.test(name)).length,
    'an empty search is none'
  )
  t.same(names((await discoverAll(ada, 1, 'snake')).groups), ['snake_case', 'snakeXcase'])
})

t.test('a query that is not one is a 400, no token a 401', async t => {
  for (const query of [
    'limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'unknown=1', `search=${'x'.repeat(101)}`, 'search=%00',
    'cursor=nonsense', 'cursor=',
    `cursor=${Buffer.from('["name"]').toString('base64url')}`,
    `cursor=${Buffer.from('["name","not an id"]').toString('base64url')}`,
    `cursor=${Buffer.from('["na\\u0000me","01970000-0000-7000-8000-000000000001"]').toString('base64url')}`,
  ]) {
    t.match(await ada.get(`/groups?${query}`), {
      status: 400, body: { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: String },
    }, query)
  }
  const response = await fetch(`${server.url}/api/v1/groups`)
  t.equal(response.status, 401)
  t.match(await response.json(), { statusCode: 401, code: 'UNAUTHENTICATED' })
})
