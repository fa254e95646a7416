import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { usernameFor } from '../../src/modules/users/usernames.ts'
import { Person, startServer } from '../support/server.ts'
import { heldUp, idTokenOf, makeToken, readToken, rsa, signInWith } from '../support/modules/auth.ts'

const server = await startServer(t)
const key = createPrivateKey(await readFile(join(server.config.DATA_DIR, 'fake-google.pem')))
const [header, claims] = readToken(await idTokenOf(server, 'template@example.com'))

const signInAs = (sub: string, email: string, name = 'Somebody') =>
  signInWith(server, makeToken(header, { ...claims, sub, email, name }, rsa(key)))

const wellFormed = /^[a-z0-9_.]{3,30}$/

t.test('a person is Google\'s sub, whatever their name and address', async t => {
  const first = await signInAs('ada', 'ada@example.com', 'Ada')
  const again = await signInAs('ada', 'ada.king@example.com', 'Ada King')
  t.equal(again.status, 200)
  t.same(again.body.user, { ...first.body.user, email: 'ada.king@example.com' })
  t.not(again.body.token, first.body.token)
  t.equal((await signInAs('bob', 'bob@example.com')).status, 200)
})

t.test('an address that has changed is brought up to date, and one\'s other devices learn of it', async t => {
  const { body: { user, token } } = await signInAs('dora', 'dora@example.com', 'Dora')
  const devices = await Promise.all([server.connect(token), server.connect(token)])
  const dora = new Person(server, user, token)
  const sync = async (ownVersion?: number) => (await dora.post('/sync', { conversations: {}, ownVersion })).body
  const { ownVersion } = await sync()

  t.match((await signInAs('dora', 'DORA@example.com')).body.user, { id: user.id, email: user.email }, 'in any case')
  t.equal((await sync(ownVersion)).own.profile, null)
  t.equal((await signInAs('dora', 'dora@example.org')).body.user.email, 'dora@example.org')
  for (const device of devices) await device.next('sync:required')
  t.match(await sync(ownVersion), {
    ownVersion: ownVersion + 1, own: { profile: { id: user.id, email: 'dora@example.org', updatedAt: user.updatedAt } },
  })
  t.equal((await dora.get('/auth/me')).body.user.email, 'dora@example.org')
})

t.test('an address that changed hands signs its new owner in', async t => {
  const first = await signInAs('former', 'desk@example.com')
  const next = await signInAs('successor', 'desk@example.com')
  t.match([next.status, next.body.user.email], [200, 'desk@example.com'])
  t.not(next.body.user.id, first.body.user.id)
  t.match((await signInAs('former', 'former@example.com')).body.user, {
    id: first.body.user.id, email: 'former@example.com',
  })
  await server.sql('UPDATE users SET email = NULL WHERE id = $1', [first.body.user.id])
  t.equal((await signInAs('former', 'former@example.com')).body.user.email, 'former@example.com', 'nor has one none')
})

t.test('several who bring a new address at once change it once', async t => {
  const { body: { user } } = await signInAs('flora', 'flora@example.com')
  const version = async () =>
    (await server.sql('SELECT own_version FROM users WHERE id = $1', [user.id]))[0].own_version
  const before = await version()
  const answers = await heldUp(server, { table: 'users', mode: 'SHARE ROW EXCLUSIVE', count: 3 }, () =>
    Promise.all([1, 2, 3].map(() => signInAs('flora', 'flora@example.org'))))
  t.same(answers.map(({ status, body }) => [status, body.user.email]), Array(3).fill([200, 'flora@example.org']))
  t.equal(await version(), before + 1)
})

t.test('an address may be that of several people, in any case', async t => {
  const first = await signInAs('carol', 'carol@example.com')
  for (const email of ['carol@example.com', 'CAROL@example.com']) {
    const other = await signInAs(`not-carol-${email}`, email)
    t.match([other.status, other.body.user.email], [200, 'carol@example.com'])
    t.not(other.body.user.id, first.body.user.id)
  }
  t.same(await server.sql('SELECT issuer, subject FROM identities WHERE user_id = $1', [first.body.user.id]), [
    { issuer: 'https://accounts.google.com', subject: 'carol' },
  ])
})

t.test('ten first sign-ins of one person at once make one user', async t => {
  const answers = await heldUp(server, { table: 'identities', mode: 'SHARE ROW EXCLUSIVE', count: 5 }, () =>
    Promise.all(Array.from({ length: 10 }, () => signInAs('eager', 'eager@example.com', 'Eager'))))
  t.same(answers.map(answer => answer.status), Array(10).fill(200))
  t.equal(new Set(answers.map(answer => answer.body.user.id)).size, 1)
  t.equal(new Set(answers.map(answer => answer.body.token)).size, 10)
  const rows = await server.sql('SELECT id FROM users WHERE email = $1', ['eager@example.com'])
  t.same(rows, [{ id: answers[0]!.body.user.id }])
})

t.test('and so they do when their username is taken, whatever happens in between', async t => {
  await signInAs('namesake', 'namesake@example.com', 'Keen')
  for (let i = 0; i < 20; i++) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => signInAs(`keen-${i}`, `keen-${i}@example.com`, 'Keen'))
    )
    t.same(answers.map(answer => answer.status), Array(8).fill(200))
    t.equal(new Set(answers.map(answer => answer.body.user.id)).size, 1)
  }
})

t.test('a first sign-in that fails leaves nothing of its person', async t => {
  await server.sql("ALTER TABLE users ADD CONSTRAINT unlucky CHECK (name <> 'Unlucky')")
  t.equal((await signInAs('unlucky', 'unlucky@example.com', 'Unlucky')).status, 500)
  t.same(await server.sql("SELECT FROM identities WHERE subject = 'unlucky'"), [])
  await server.sql('ALTER TABLE users DROP CONSTRAINT unlucky')
  t.equal((await signInAs('unlucky', 'unlucky@example.com', 'Unlucky')).status, 200)
})

t.test('two people who bring one address at once both get in', async t => {
  const answers = await heldUp(server, { table: 'identities', mode: 'SHARE ROW EXCLUSIVE', count: 2 }, () =>
    Promise.all(['twin-1', 'twin-2'].map(sub => signInAs(sub, 'twins@example.com'))))
  t.same(answers.map(answer => answer.status), [200, 200])
  t.equal(new Set(answers.map(answer => answer.body.user.id)).size, 2)
})

t.test('people of the same name get usernames of their own, also at once', async t => {
  for (const [name, base] of [['Ada Byron', 'ada.byron'], ['李', 'user']] as const) {
    const answers = await heldUp(server, { table: 'identities', mode: 'SHARE ROW EXCLUSIVE', count: 5 }, () =>
      Promise.all(Array.from({ length: 10 }, (_, i) => signInAs(`${base}-${i}`, `${base}-${i}@example.com`, name))))
    const usernames = answers.map(answer => answer.body.user.username)
    t.equal(new Set(usernames).size, 10)
    t.ok(usernames.includes(base), 'one of them without digits')
    for (const username of usernames) t.match(username, new RegExp(`^${base}\\d*$`))
    t.ok(answers.every(answer => answer.body.user.name === name))
  }
})

t.test('names of every script make a username', async t => {
  const expected: Record<string, string> = {
    'Ada Lovelace': 'ada.lovelace',
    'José  Ñandú': 'jose.nandu',
    'Zoë Z. O\'Hara-Smith': 'zoe.z.o.hara.smith',
    İSTANBUL: 'istanbul',
    ﬃｘ: 'ffix',
    Jo: 'user.jo',
    7: 'user.7',
    李小龍: 'user',
    Łukasz: 'lukasz',
    Đorđe: 'dorde',
    'Jürgen Groß': 'juergen.gross',
    'Þóra Æsa': 'thora.aesa',
    'Nguyễn Văn': 'nguyen.van',
    'Анна Каренина': 'anna.karenina',
    Οδυσσεύς: 'odysseys',
    გიორგი: 'giorgi',
    Հայկ: 'hayk',
    'محمد علي': 'mhmd.ely',
    สมชาย: 'user',
    '😀😀😀': 'user',
    '...': 'user',
    _under_score_: 'under.score',
    Wolfeschlegelsteinhausenbergerdorff: 'wolfeschlegelsteinha',
    'Nineteen Letters Ab C': 'nineteen.letters.ab',
  }
  for (const [name, username] of Object.entries(expected)) t.equal(usernameFor(name, 0), username)
  for (const name of Object.keys(expected)) {
    for (let attempt = 0; attempt < 20; attempt++) t.match(usernameFor(name, attempt), wellFormed)
  }
  const answers = await Promise.all(
    Object.keys(expected).map((name, i) => signInAs(`script-${i}`, `script-${i}@example.com`, name))
  )
  for (const { body } of answers) t.match(body.user.username, wellFormed)
})

t.test('nobody is given a reserved username', async t => {
  const expected: Array<[name: string, username: RegExp]> = [
    ['Admin', /^admin\d{3}$/], ['АДМИН', /^admin\d{3}$/], ['S. Upport', /^s\.upport\d{3}$/], ['Me', /^user\.me$/],
    ['Adminka', /^adminka$/],
  ]
  for (const [i, [name, username]] of expected.entries()) {
    t.match((await signInAs(`reserved-${i}`, 'reserved@example.com', name)).body.user.username, username, name)
    for (let attempt = 0; attempt < 20; attempt++) t.match(usernameFor(name, attempt), wellFormed)
  }
})

t.test('of a name from elsewhere only what people can see is kept', async t => {
  const expected: Array<[name: string, email: string, kept: string]> = [
    ['\u202eadA\u202c \u200bKing\n', 'a1@example.com', 'adA King'],
    ['Ame\u0301lie', 'a2@example.com', 'Amélie'],
    ['x'.repeat(150), 'a3@example.com', 'x'.repeat(100)],
    ['\u3164', 'amy@example.com', 'amy'],
    ['', '\u200b@example.com', 'Somebody'],
  ]
  for (const [i, [name, email, kept]] of expected.entries()) {
    t.equal((await signInAs(`unseen-${i}`, email, name)).body.user.name, kept)
  }
})
