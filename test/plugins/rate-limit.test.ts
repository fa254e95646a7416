import t from 'tap'
import sharp from 'sharp'
import { call, Person, startServer, type Answer } from '../support/server.ts'

const server = await startServer(t, { RATE_LIMIT_MAX: '20', TRUST_PROXY: '127.0.0.1' })

const from = (address: string) => ({ 'x-forwarded-for': address })

async function signIn (email: string, address: string): Promise<Person> {
  const request = { json: { email, name: email }, headers: from(address) }
  const { body: { idToken } } = await call(`${server.url}/dev/google/token`, 'POST', request)
  const { body } = await call(`${server.url}/api/v1/auth/google`, 'POST', { json: { idToken }, headers: from(address) })
  return new Person(server, body.user, body.token)
}

/** Asks until it is told to wait; returns how often it was served and that last answer. */
async function exhaust (ask: () => Promise<Answer>): Promise<{ served: number, refusal: Answer }> {
  for (let served = 0; served < 50; served++) {
    const refusal = await ask()
    if (refusal.status === 429) return { served, refusal }
  }
  throw new Error('never refused')
}

t.test('a signed-in person has a budget a minute, wherever they call from', async t => {
  const [ada, bob] = [await signIn('ada@example.com', '10.0.0.1'), await signIn('bob@example.com', '10.0.0.1')]
  const first = await ada.get('/auth/me')
  t.equal(first.headers.get('x-ratelimit-limit'), '20')
  t.equal(first.headers.get('x-ratelimit-remaining'), '19')
  t.match(first.headers.get('x-ratelimit-reset'), /^(60|59)$/)

  let calls = 0
  const { served, refusal } = await exhaust(
    () => call(`${server.url}/api/v1/auth/me`, 'GET', { token: ada.token, headers: from(`10.1.0.${calls++}`) })
  )
  t.equal(served, 19)
  t.match(refusal.body, {
    statusCode: 429, code: 'RATE_LIMITED', error: 'Too Many Requests', message: /try again in \d+ s/,
  })
  const wait = Number(refusal.headers.get('retry-after'))
  t.ok(wait > 0 && wait <= 60)
  t.equal(refusal.headers.get('x-ratelimit-remaining'), '0')
  t.ok(refusal.headers.get('x-request-id'))

  t.equal((await bob.get('/auth/me')).status, 200, 'which is nobody else\'s, though they share an address')
})

t.test('the events of one\'s sockets are counted with one\'s requests', async t => {
  const eve = await signIn('eve@example.com', '10.0.0.2')
  const [here, there] = [await eve.connect(), await eve.connect()]
  for (let i = 0; i < 15; i++) t.same(await (i % 2 ? here : there).ask('join', { userId: eve.id }), { ok: true })
  const { served } = await exhaust(() => eve.get('/auth/me'))
  t.equal(served, 5)
  const { ok, error } = await here.ask('join', { userId: eve.id })
  t.equal(ok, false)
  t.match(error, { statusCode: 429, code: 'RATE_LIMITED' })
  t.match((await there.ask('no such event', {})).error, {
    code: 'RATE_LIMITED',
  }, 'events that do not exist cost as much')
})

t.test('who is not signed in has the budget of their address', async t => {
  const ask = (address: string, token?: string) =>
    call(`${server.url}/api/v1/users`, 'GET', { token, headers: from(address) })
  t.equal((await exhaust(() => ask('10.0.0.3', 'a-forged-token'))).served, 20)
  t.equal((await ask('10.0.0.3')).status, 429)
  t.equal((await ask('10.0.0.4')).status, 401, 'and not that of another')
  let host = 1
  t.equal(
    (await exhaust(() => ask(`2001:db8:0:1::${(host++).toString(16)}`))).served, 20, 'of IPv6 a whole /64 is one caller'
  )
  t.equal((await ask('2001:db8:0:2::1')).status, 401)
})

t.test('signing in has a tenth, whoever is asking to be whom', async t => {
  const ask = () =>
    call(`${server.url}/api/v1/auth/google`, 'POST', { json: { idToken: 'x' }, headers: from('10.0.0.5') })
  const { served, refusal } = await exhaust(ask)
  t.equal(served, 2)
  t.equal(refusal.headers.get('x-ratelimit-limit'), '2')
  t.equal(
    (await call(`${server.url}/api/v1/users`, 'GET', { headers: from('10.0.0.5') })).status,
    401,
    'the rest is counted apart'
  )
})

t.test('uploads have a twentieth', async t => {
  const zoe = await signIn('zoe@example.com', '10.0.0.6')
  const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } }).png().toBuffer()
  for (const [path, field] of [['/upload/image', 'image'], ['/users/me/avatar', 'avatar']] as const) {
    const { served, refusal } = await exhaust(() => zoe.upload(path, field, png))
    t.equal(served, 1)
    t.match(refusal.body, { code: 'RATE_LIMITED' })
  }
  t.equal((await zoe.get('/auth/me')).status, 200)
})

t.test('addresses that are none are counted like any other', async t => {
  const ask = (path: string) => call(server.url + path, 'GET', { headers: from('10.0.0.8') })
  const { served, refusal } = await exhaust(() => ask('/.env'))
  t.equal(served, 20)
  t.match(refusal, { body: { code: 'RATE_LIMITED' } })
  t.ok(refusal.headers.get('retry-after'))
  t.equal((await ask('/api/v1/users')).status, 429)
})

t.test('health may be asked without end', async t => {
  for (const path of ['/health', '/health/ready', '/api/v1/health', '/api/v1/health/ready']) {
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => call(server.url + path, 'GET', { headers: from('10.0.0.7') }))
    )
    t.ok(answers.every(({ status, headers }) => status === 200 && headers.get('x-ratelimit-limit') === null))
  }
})

t.test('only a proxy that is trusted is believed about where a call comes from', async t => {
  const direct = await startServer(t, { RATE_LIMIT_MAX: '5' })
  let calls = 0
  const { served } = await exhaust(
    () => call(`${direct.url}/api/v1/users`, 'GET', { headers: from(`10.2.0.${calls++}`) })
  )
  t.equal(served, 5)
})

t.test('without a limit nobody is counted', async t => {
  const unlimited = await startServer(t, { RATE_LIMIT_MAX: '0' })
  const ada = await unlimited.signIn()
  const answers = await Promise.all(Array.from({ length: 40 }, () => ada.get('/auth/me')))
  t.ok(answers.every(({ status, headers }) => status === 200 && headers.get('x-ratelimit-limit') === null))
  const ear = await ada.connect()
  for (let i = 0; i < 40; i++) if (!(await ear.ask('join', { userId: ada.id })).ok) t.fail('an event was refused')
})
