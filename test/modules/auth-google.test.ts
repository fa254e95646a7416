import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import t, { type Test } from 'tap'
import { createVerifier, google } from '../../src/modules/auth/google.ts'
import { listeningUrl } from '../../src/lib/listening-url.ts'
import { call, startServer } from '../support/server.ts'
import { inSeconds, makeToken, rsa } from '../support/modules/auth.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const certificates = { k1: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) }
const issuer = 'https://issuer.example'

const idTokenFor = (audience: string | string[]) => makeToken({ alg: 'RS256', kid: 'k1', typ: 'JWT' }, {
  iss: issuer,
  aud: audience,
  sub: '1',
  email: 'ada@example.com',
  email_verified: true,
  name: 'Ada',
  iat: inSeconds(0),
  exp: inSeconds(600),
}, rsa(privateKey))
const idToken = idTokenFor('me')

async function listen (t: Test, server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return listeningUrl(server)
}

/** A place of certificates that counts its visitors, and a verifier that goes there. */
async function createPlace (t: Test, answer: RequestListener, clientIds = ['me']) {
  const place = {
    visits: 0, answer, verify: createVerifier({ clientIds, issuers: [issuer], certsUrl: () => url }),
  }
  const url = await listen(t, createServer((request, response) => {
    place.visits++
    place.answer(request, response)
  })) + '/certs'
  return place
}

const publish = (headers = {}, body: unknown = certificates): RequestListener => (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

t.test('certificates are asked for once in their lifetime', async t => {
  const place = await createPlace(t, publish({ 'cache-control': 'public, max-age=3600' }))
  const ada = { issuer: 'https://accounts.google.com', subject: '1', email: 'ada@example.com', name: 'Ada' }
  for (let i = 0; i < 5; i++) t.match(await place.verify(idToken), ada)
  await t.rejects(place.verify('garbage'), { code: 'UNAUTHENTICATED' })
  t.equal(place.visits, 1)
})

t.test('a token for any of one\'s clients is taken, and for no other', async t => {
  const place = await createPlace(t, publish(), ['web', 'android'])
  for (const audience of ['web', 'android']) t.match(await place.verify(idTokenFor(audience)), { subject: '1' })
  for (const audience of ['ios', 'we', 'web,android', '', ['web', 'android'], ['web']]) {
    await t.rejects(place.verify(idTokenFor(audience)), { code: 'UNAUTHENTICATED' }, JSON.stringify(audience))
  }
})

t.test('certificates that may not be kept are asked for each time', async t => {
  const place = await createPlace(t, publish())
  await place.verify(idToken)
  await place.verify(idToken)
  t.equal(place.visits, 2)
})

t.test('an error there is a 503 after a second try, and forgotten when it has passed', async t => {
  const place = await createPlace(t, (_request, response) => { response.writeHead(500).end() })
  await t.rejects(place.verify(idToken), { statusCode: 503, code: 'UNAVAILABLE' })
  t.equal(place.visits, 2)
  place.answer = publish()
  t.match(await place.verify(idToken), { subject: '1' })
})

t.test('of two who ask at once, one may get in and the other not', async t => {
  const place = await createPlace(t, (request, response) => {
    place.answer = (_request, response) => { response.writeHead(400).end() }
    refused.then(() => publish()(request, response))
  })
  const answers = [place.verify(idToken), place.verify(idToken)]
  const refused = Promise.any(answers.map(answer => answer.then(() => { throw new Error() }, () => {})))
  t.same((await Promise.allSettled(answers)).map(answer => answer.status).sort(), ['fulfilled', 'rejected'])
})

t.test('one failure alone is not noticed', async t => {
  const place = await createPlace(t, (_request, response) => {
    place.answer = publish()
    response.writeHead(503).end()
  })
  t.match(await place.verify(idToken), { subject: '1' })
})

t.test('rubbish there is a 503, and not kept even if it says so', async t => {
  const forLong = { 'cache-control': 'max-age=3600' }
  const place = await createPlace(t, publish())
  for (const rubbish of ['<html>Sign in to this network</html>', null, {}, [], { error: 'no' }, { k1: 1 }, 7]) {
    place.answer = publish(forLong, rubbish)
    await t.rejects(place.verify(idToken), { statusCode: 503, code: 'UNAVAILABLE' }, JSON.stringify(rubbish))
  }
  place.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...forLong }).end('<html></html>')
  }
  await t.rejects(place.verify(idToken), { code: 'UNAVAILABLE' }, 'a page')
  place.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...forLong }).end('{"k1":')
  }
  await t.rejects(place.verify(idToken), { code: 'UNAVAILABLE' }, 'broken JSON')

  place.answer = publish(forLong)
  t.match(await place.verify(idToken), { subject: '1' })
})

t.test('nobody there is a 503', async t => {
  const server = createServer()
  const url = await listen(t, server)
  await new Promise(resolve => server.close(resolve))
  const verify = createVerifier({ clientIds: ['me'], issuers: [issuer], certsUrl: () => url })
  await t.rejects(verify(idToken), { statusCode: 503, code: 'UNAVAILABLE' })
})

t.test('the errors say nothing of the token', async t => {
  const place = await createPlace(t, publish())
  const secret = 'secret-'.repeat(5)
  for (const token of [secret, `${secret}.${secret}.${secret}`, `${idToken}${secret}`]) {
    const error = await place.verify(token).catch((error: Error) => error) as Error
    t.equal(error.message, 'Sign in first.')
    t.equal(error.cause, undefined)
  }
})

t.test('behind a proxy', async t => {
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(502).end()
  }).on('connect', (request, socket) => {
    asked.push(request.url!)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  for (const name of ['NO_PROXY', 'no_proxy']) delete process.env[name]
  process.env.HTTPS_PROXY = await listen(t, proxy)
  t.teardown(() => { delete process.env.HTTPS_PROXY })

  await t.test('the fake Google needs none', async t => {
    const server = await startServer(t)
    t.ok((await server.signIn()).token)
    t.same(asked, [])
  })

  await t.test('Google is asked through it, and out of reach is a 503', async t => {
    const server = await startServer(t, { GOOGLE_CLIENT_ID: 'me' })
    const { status, body, headers } = await call(`${server.url}/api/v1/auth/google`, 'POST', { json: { idToken } })
    t.match([status, body], [503, { statusCode: 503, code: 'UNAVAILABLE', error: 'Service Unavailable' }])
    t.ok(headers.get('retry-after'))
    t.same(new Set(asked), new Set(['www.googleapis.com:443']))
    for (const part of idToken.split('.')) t.notOk(server.log().includes(part), 'and the log has no token')
  })
})

t.test('Google\'s tokens come from Google\'s own issuers', async t => {
  t.same(google(['me']), { clientIds: ['me'], issuers: ['accounts.google.com', 'https://accounts.google.com'] })
})
