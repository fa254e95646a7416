import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { call, startServer } from '../support/server.ts'
import { hmac, idTokenOf, makeToken, readToken, signInWith } from '../support/modules/auth.ts'
import { badIdTokens } from '../support/security/bad-id-tokens.ts'
import { badTokens, type Tokens } from '../support/security/bad-tokens.ts'
import { flip } from '../support/security/token-spellings.ts'

const server = await startServer(t, { LOG_LEVEL: 'trace' })
const me = `${server.url}/api/v1/auth/me`
const [own, other] = await server.signInMany(2)
const googleKey = createPrivateKey(await readFile(join(server.config.DATA_DIR, 'fake-google.pem')))
const publicPem = createPublicKey(googleKey).export({ type: 'spki', format: 'pem' }) as string
const unauthenticated = { statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: 'Sign in first.' }
const idToken = await idTokenOf(server, 'somebody@example.com')

const signedOut = await server.signIn()
await signedOut.post('/auth/logout')
const [
  kept, ended,
] = [await server.signIn('Twice', 'twice@example.com'), await server.signIn('Twice', 'twice@example.com')]
await kept.delete('/auth/sessions')
const forgotten = await server.signIn()
await server.sql('UPDATE sessions SET expires_at = now() WHERE user_id = $1', [forgotten.id])

const refused: Tokens = {
  ...badTokens({ own: own!, other: other!, secret: server.config.JWT_SECRET, googleKey, publicPem, idToken }),
  'signed out': signedOut.token,
  'ended from elsewhere': ended.token,
  'whose session has expired': forgotten.token,
}
const refusedIdTokens = badIdTokens({
  idToken, googleKey, publicPem, apiToken: own!.token, secret: server.config.JWT_SECRET,
})

/** The results of all, a few at a time. */
async function each<Result> (
  tokens: Tokens, ask: (token: string) => Promise<Result>
): Promise<Array<[what: string, Result]>> {
  const results: Array<[string, Result]> = []
  const entries = Object.entries(tokens)
  while (entries.length > 0) {
    results.push(
      ...await Promise.all(
        entries.splice(0, 16).map(async ([what, token]): Promise<[string, Result]> => [what, await ask(token)])
      )
    )
  }
  return results
}

/** As a client would send it that gives no thought to its characters. */
const overHttp = (token: string) =>
  call(me, 'GET', { headers: { authorization: `Bearer ${Buffer.from(token).toString('latin1')}` } })

t.test('the tokens that the others are made from are good', async t => {
  const [header, claims] = readToken(own!.token)
  for (const token of [own!.token, makeToken(header, claims, hmac(server.config.JWT_SECRET))]) {
    t.equal((await overHttp(token)).status, 200)
    t.ok((await server.connect(token)).socket.connected)
  }
  t.equal((await signInWith(server, idToken)).status, 200)
  t.ok(Object.keys(refused).length >= 200, `${Object.keys(refused).length} bad tokens`)
  t.equal(new Set(Object.values(refused)).size, Object.keys(refused).length, 'no two of them are the same')
  t.notOk(Object.values(refused).includes(own!.token))
})

t.test('any other is a 401 over HTTP', async t => {
  // Of what cannot be in a header, the parser says so.
  const sendable = Object.entries(refused).filter(([, token]) => !/[\0\n]/.test(token))
  for (const [what, { status, body }] of await each(Object.fromEntries(sendable), overHttp)) {
    t.same([status, body], [401, unauthenticated], what)
  }
})

t.test('any other gets no socket', async t => {
  const outcomes = await each({
    ...refused, '100 kB of signature': `${own!.token}${'A'.repeat(100_000)}`,
  }, token => server.connect(token).then(() => 'connected', error => error.data))
  for (const [what, outcome] of outcomes) t.same(outcome, unauthenticated, what)
})

t.test('a good token with any of its characters changed is a 401', async t => {
  const changed = Object.fromEntries(
    Array.from(
      own!.token, (character, at) => [`${at}`, character === '.' ? own!.token.slice(0, at) : flip(own!.token, at)]
    )
  )
  const accepted = (await each(changed, overHttp)).filter(([, { status }]) => status !== 401)
  t.same(accepted, [])
})

t.test('a token that is longer than a header may be is refused in the same shape', async t => {
  const { status, body } = await overHttp(`${own!.token}${'A'.repeat(100_000)}`)
  t.match([status, body], [431, { statusCode: 431, code: String, error: 'Request Header Fields Too Large' }])
})

t.test('an ID token that is not from Google, not for us, or not of now signs nobody in', async t => {
  const people = () => server.sql('SELECT id FROM users ORDER BY id')
  const before = await people()
  for (const [what, { status, body }] of await each(refusedIdTokens, token => signInWith(server, token))) {
    t.same([status, body], [401, unauthenticated], what)
  }
  t.same(await people(), before)
})

t.test('nothing of any token is in the log, however much is logged', async t => {
  const log = server.log()
  t.match(log, '/api/v1/auth/me')
  const tokens = [...Object.values(refused), ...Object.values(refusedIdTokens)]
  const parts = tokens.flatMap(token => token.split('.')).filter(part => part.length > 20)
  t.same([...new Set(parts)].filter(part => log.includes(part)), [])
})
