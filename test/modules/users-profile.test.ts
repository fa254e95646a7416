import sharp from 'sharp'
import t from 'tap'
import { call, startServer, type Person } from '../support/server.ts'
import { heldUp } from '../support/modules/auth.ts'

const server = await startServer(t)
const ada = await server.signIn('Ada Lovelace')

const fresh = async (person = ada) => (await person.get('/auth/me')).body.user

t.test('each part of a profile changes alone, and lasts', async t => {
  const changes = [
    [{ name: 'Augusta Ada King' }, { initials: 'AK' }],
    [{ name: '  Countess  ' }, { name: 'Countess', initials: 'C' }],
    [{ name: '😀'.repeat(100) }, { initials: '😀' }],
    [{ name: '👩🏽‍🚀 and 👨‍👩‍👧' }, { initials: '👩🏽‍🚀👨‍👩‍👧' }],
    [{ name: ' Ame\u0301lie ' }, { name: 'Amélie', initials: 'A' }],
    [{ username: 'ada.king_1852' }],
    [{ username: 'abc' }],
    [{ username: '___' }],
    [{ username: 'a'.repeat(30) }],
    [{ bio: 'Notes on the\nengine. 😀' }],
    [{ bio: '' }],
    [{ bio: 'x'.repeat(500) }],
    [{ phoneNumber: '+44 (20) 7946-0000' }],
    [{ bio: null }],
    [{ phoneNumber: null }],
    [{ name: 'Ada', username: 'ada', bio: 'All at once', phoneNumber: '112' }, { initials: 'A' }],
  ] as const
  for (const [change, consequence] of changes) {
    const { updatedAt: before, ...profile } = await fresh()
    const { status, body } = await ada.patch('/users/me', change)
    t.equal(status, 200)
    const { updatedAt, ...changed } = body.user
    t.same(changed, { ...profile, ...change, ...consequence }, JSON.stringify(change).slice(0, 40))
    t.ok(updatedAt >= before)
    t.same(await fresh(), body.user)
  }
})

t.test('others see the change, save what is private', async t => {
  await ada.patch('/users/me', { name: 'Ada Byron', bio: 'Poetical science', phoneNumber: '+1 555 0100' })
  const bob = await server.signIn('Bob')
  const { body } = await bob.get(`/users/${ada.id}`)
  t.match(body.user, { name: 'Ada Byron', initials: 'AB', bio: 'Poetical science' })
  t.notOk('phoneNumber' in body.user)
})

t.test('what cannot be is a 400 and changes nothing', async t => {
  const before = await fresh()
  const refused = [
    {}, [], null, 'name', { name: '' }, { name: ' \t ' }, { name: 'x'.repeat(101) }, { name: null }, { name: 7 },
    { name: 'a\u0000b' }, { name: '\ud83d' },
    { name: '\u202eadA' }, { name: 'Ada\u200b' }, { name: 'A\u200dda' }, { name: '\u2066Ada\u2069' },
    { name: '\ufeff' }, { name: '\u3164' }, { name: 'Ada\nKing' }, { name: 'e\u0301'.repeat(101) },
    { username: 'ab' }, { username: 'a'.repeat(31) }, { username: 'Ada' }, { username: 'a-b-c' }, { username: 'a b c' },
    { username: 'ädä' },
    { username: 'abc\n' }, { username: '' }, { username: null }, { username: 123 }, { bio: 'x'.repeat(501) },
    { bio: 1 }, { bio: '\u0000' },
    { phoneNumber: 'call me' }, { phoneNumber: '' }, { phoneNumber: '12' }, { phoneNumber: '1'.repeat(21) },
    { phoneNumber: 112 },
    { email: 'other@example.com' }, { avatarUrl: 'https://example.com/x.png' }, { initials: 'XX' }, { isOnline: true },
    { id: ada.id },
    { name: 'Good', extra: 1 }, { name: 'Good', username: 'NOT GOOD' },
  ]
  for (const json of refused) {
    t.match(await ada.patch('/users/me', json), {
      status: 400, body: { code: 'VALIDATION_FAILED' },
    }, JSON.stringify(json).slice(0, 40))
  }
  t.match(await ada.request('PATCH', '/users/me'), { status: 400 }, 'no body')
  t.same(await fresh(), before)
})

t.test('who is sought in another form of the same letters is found', async t => {
  const amelie = await server.signIn('Ame\u0301lie Earhart')
  for (const search of ['Amélie E', 'Ame\u0301lie E']) {
    const { body } = await ada.get(`/users?search=${encodeURIComponent(search)}`)
    t.match(body.users, [{ id: amelie.id, name: 'Amélie Earhart' }])
  }
})

t.test('a username that somebody has is a 409', async t => {
  const bob = await server.signIn('Bob')
  const taken = { status: 409, body: { statusCode: 409, code: 'USERNAME_TAKEN', error: 'Conflict' } }
  await ada.patch('/users/me', { username: 'countess' })
  const before = await fresh(bob)
  t.match(await bob.patch('/users/me', { username: 'countess', name: 'Robert' }), taken)
  t.same(await fresh(bob), before, 'and nothing else is changed')
  t.match(await ada.patch('/users/me', { username: 'countess' }), { status: 200 }, 'one\'s own is no other\'s')
  await ada.patch('/users/me', { username: 'ada' })
  t.match(await bob.patch('/users/me', { username: 'countess' }), { status: 200 }, 'until it is given up')
})

t.test('a reserved username is a 409, whatever is put between, and whoever has it keeps it', async t => {
  const before = await fresh()
  for (const username of ['admin', 'a.d.m.i.n', '_support_', 'every_one', 'm.e', 'con.vo', '...root']) {
    t.match(await ada.patch('/users/me', { username, name: 'Somebody else' }), {
      status: 409, body: { code: 'USERNAME_TAKEN' },
    }, username)
  }
  t.same(await fresh(), before)
  for (const username of ['admin1', 'adminka', 'medea']) {
    t.match(await ada.patch('/users/me', { username }), { status: 200 }, username)
  }
  await server.sql("UPDATE users SET username = 'admin' WHERE id = $1", [ada.id])
  t.match(await ada.patch('/users/me', { username: 'admin', bio: 'Since 1843' }), {
    status: 200, body: { user: { username: 'admin', bio: 'Since 1843' } },
  })
  t.match(await ada.patch('/users/me', { username: 'ad.min' }), { status: 409 }, 'in this spelling')
  await ada.patch('/users/me', { username: 'ada' })
  t.match(await ada.patch('/users/me', { username: 'admin' }), { status: 409 }, 'until it is given up')
})

t.test('of several who want one username at once, one gets it', async t => {
  const people = await server.signInMany(4)
  const answers = await heldUp(server, { table: 'users', mode: 'SHARE ROW EXCLUSIVE', count: 4 }, () =>
    Promise.all(people.map(person => person.patch('/users/me', { username: 'wanted' }))))
  t.same(answers.map(answer => answer.status).sort(), [200, 409, 409, 409])
  t.equal((await server.sql('SELECT id FROM users WHERE username = $1', ['wanted'])).length, 1)
})

t.test('an uploaded picture becomes the avatar', async t => {
  const square = (background: string) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background } }).png().toBuffer()
  const person = await server.signIn('Eve')
  const upload = async (as: Person, color: string) =>
    (await as.upload('/users/me/avatar', 'avatar', await square(color)))
  const { status, body } = await upload(person, 'red')
  t.equal(status, 200)
  t.same(Object.keys(body), ['avatarUrl'])
  t.match(await fresh(person), { avatarUrl: body.avatarUrl, name: 'Eve', initials: 'E' })
  t.match((await ada.get(`/users/${person.id}`)).body.user, { avatarUrl: body.avatarUrl })
  const picture = await fetch(body.avatarUrl)
  t.equal(picture.status, 200)
  t.match(picture.headers.get('content-type'), /^image\//)

  await t.test('replaced by the next one', async t => {
    const next = await upload(person, 'blue')
    t.not(next.body.avatarUrl, body.avatarUrl)
    t.match(await fresh(person), { avatarUrl: next.body.avatarUrl })
  })

  await t.test('but not by what is no picture', async t => {
    const before = await fresh(person)
    const text = Buffer.from('not a picture')
    t.match(await person.upload('/users/me/avatar', 'avatar', text), {
      status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
    })
    t.match(await person.upload('/users/me/avatar', 'image', await square('green')), {
      status: 400, body: { code: 'VALIDATION_FAILED' },
    })
    t.match(await person.post('/users/me/avatar', {}), { status: 415 })
    t.match(await call(`${server.url}/api/v1/users/me/avatar`, 'POST', { body: text }), { status: 401 })
    t.same(await fresh(person), before)
  })
})
