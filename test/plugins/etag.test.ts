import t from 'tap'
import { asItTravels } from '../support/as-it-travels.ts'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id } = await ada.talkTo(bob)
const { body: { group } } = await ada.post('/groups', { name: 'Open house' })

const raw = (path: string, headers: Record<string, string>, method = 'GET') =>
  asItTravels(ada, `/api/v1${path}`, { method, headers })

t.test('what is opened again and again is sent once', async t => {
  for (const path of ['/auth/me', `/users/${bob.id}`, `/groups/${group.id}`]) {
    const first = await raw(path, {})
    const { etag } = first.headers
    t.match(etag, /^W\/"[\w-]+"$/, path)
    for (const known of [etag, etag!.replace('W/', ''), `"other", ${etag}`, '*']) {
      const { status, headers, bytes } = await raw(path, { 'if-none-match': known })
      t.same([status, bytes.length, headers.etag], [304, 0, etag], `${path} ${known}`)
    }
    t.equal((await raw(path, { 'if-none-match': '"other"' })).status, 200)
  }
  const { headers: { etag } } = await raw('/auth/me', {})
  await ada.patch('/users/me', { bio: 'something new' })
  t.equal((await raw('/auth/me', { 'if-none-match': etag })).status, 200, 'until it changes')
  t.equal((await raw(`/users/${group.id}`, { 'if-none-match': '*' })).status, 404)
})

t.test('what is made says where it is', async t => {
  const cat = await server.signIn('Cat')
  const made = [
    await ada.post('/conversations', { userId: cat.id }),
    await ada.post('/groups', { name: 'Chess' }),
    await ada.post(`/conversations/${id}/messages`, { text: 'Hello' }),
  ]
  for (const { status, headers } of made) {
    t.equal(status, 201)
    t.equal((await call(server.url + headers.get('location'), 'GET', { token: ada.token })).status, 200)
  }
  const { body: { messages } } = await call(server.url + made[2]!.headers.get('location'), 'GET', { token: ada.token })
  t.same(messages, [made[2]!.body.message])
  t.equal(
    (await ada.post('/conversations', { userId: cat.id })).headers.get('location'), null, 'what was there is not made'
  )
})

t.test('HEAD is GET without the body', async t => {
  for (const path of ['/auth/me', `/groups/${group.id}`, '/health']) {
    const [get, head] = [await raw(path, {}), await raw(path, {}, 'HEAD')]
    t.equal(head.status, 200)
    t.equal(head.bytes.length, 0)
    t.equal(head.headers['content-type'], get.headers['content-type'])
    if (path !== '/health') t.equal(head.headers.etag, get.headers.etag)
  }
  t.equal((await raw(`/users/${group.id}`, {}, 'HEAD')).status, 404)
})
