import { verify } from 'node:crypto'
import t from 'tap'
import { call, startServer } from '../support/server.ts'
import { readToken } from '../support/modules/auth.ts'

const server = await startServer(t)
const ask = (json: unknown) => call(`${server.url}/dev/google/token`, 'POST', { json })
const ada = { email: 'Ada@example.com', name: 'Ada Lovelace', picture: 'https://example.com/ada.png' }

t.test('a token has Google\'s claims and is signed by the published key', async t => {
  const { status, body } = await ask(ada)
  t.equal(status, 200)
  const { idToken, ...rest } = body
  t.same(rest, {})
  const [header, { iat, exp, sub, ...claims }] = readToken(idToken)
  t.same(claims, {
    ...ada,
    iss: 'https://accounts.google.example',
    aud: 'convo-development',
    azp: 'convo-development',
    email_verified: true,
  })
  t.equal(exp - iat, 3600)
  t.match(sub, /^\d{1,20}$/)

  const certificates = await call(`${server.url}/dev/google/certs`, 'GET')
  t.equal(certificates.status, 200)
  t.match(certificates.headers.get('cache-control'), /max-age=\d+/)
  t.same(Object.keys(certificates.body), [header.kid])
  const [signed, signature] = [idToken.slice(0, idToken.lastIndexOf('.')), idToken.slice(idToken.lastIndexOf('.') + 1)]
  t.equal(header.alg, 'RS256')
  t.ok(verify('RSA-SHA256', Buffer.from(signed), certificates.body[header.kid], Buffer.from(signature, 'base64url')))
})

t.test('one address, in any case, is one person', async t => {
  const subOf = async (json: object) => readToken((await ask(json)).body.idToken)[1].sub
  const sub = await subOf(ada)
  t.equal(await subOf({ email: 'ada@EXAMPLE.com', name: 'Countess' }), sub)
  t.not(await subOf({ ...ada, email: 'ada@example.org' }), sub)
  const people = [await server.signIn('Ada', 'one@example.com'), await server.signIn('A.', 'ONE@example.com')]
  t.same(people[1]!.user, people[0]!.user)
})

t.test('who is no person is a 400', async t => {
  const { name, email } = ada
  const refused = [
    {}, { name }, { email }, { email, name, admin: true }, { email: 'ada', name }, { email: '', name },
    { email: 'a b@example.com', name },
    { email: 'ada@', name }, { email: '@example.com', name }, { email: 'a@b@c', name }, { email: 'a\u0000@b', name },
    { email: 1, name },
    { email: `${'a'.repeat(250)}@b.com`, name }, { email, name: 1 }, { email, name: 'a\u0000' },
    { email, name: '\ud800' },
    { email, name: 'a'.repeat(201) }, { email, name, picture: 1 }, { email, name, picture: 'https://\u0000' }, [], null,
  ]
  for (const json of refused) {
    t.match(await ask(json), { status: 400, body: { code: 'VALIDATION_FAILED' } }, JSON.stringify(json).slice(0, 60))
  }
})

t.test('a nameless person is named after their address', async t => {
  t.match((await server.signIn('', 'nobody@example.com')).user, { name: 'nobody', username: 'nobody' })
})

t.test('with a GOOGLE_CLIENT_ID there is none', async t => {
  const real = await startServer(t, { GOOGLE_CLIENT_ID: 'an-app' })
  t.match(await call(`${real.url}/dev/google/token`, 'POST', { json: ada }), {
    status: 404, body: { code: 'NOT_FOUND' },
  })
  t.match(await call(`${real.url}/dev/google/certs`, 'GET'), { status: 404 })
})

t.test('its key outlives the server', async t => {
  const again = await startServer(t, { DATABASE_URL: server.databaseUrl, DATA_DIR: server.config.DATA_DIR })
  t.same(
    (await call(`${again.url}/dev/google/certs`, 'GET')).body,
    (await call(`${server.url}/dev/google/certs`, 'GET')).body
  )
})
