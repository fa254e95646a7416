import { request } from 'node:http'
import t, { type Test } from 'tap'
import { call, startServer, type TestServer } from '../support/server.ts'

const frontends = ['https://app.example.com', 'capacitor://localhost', 'tauri://localhost']
const settings = { FRONTEND_URL: frontends.join(), PUBLIC_URL: 'https://example.com/chat' }
const server = await startServer(t, settings)
const { host } = new URL(server.url)
const ada = await server.signIn('Ada')

const transports = ['polling', 'websocket'] as const
type Transport = typeof transports[number]

/** Opens a connection as a client that sends such headers does, and answers with the status. */
async function knock ({ url }: TestServer, transport: Transport, headers: Record<string, string>): Promise<number> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  request(`${url}/socket.io/?EIO=4&transport=${transport}`, {
    headers: { ...transport === 'websocket' && upgrade, ...headers },
  }).on('response', response => resolve(response.resume().statusCode!)).on('upgrade', (response, socket) => {
    socket.destroy()
    resolve(response.statusCode!)
  }).on('error', reject).end()
  return promise
}

async function takes (t: Test, server: TestServer, headers: Record<string, string>): Promise<void> {
  t.equal(await knock(server, 'polling', headers), 200, `polling ${JSON.stringify(headers)}`)
  t.equal(await knock(server, 'websocket', headers), 101, `websocket ${JSON.stringify(headers)}`)
}

async function refuses (t: Test, server: TestServer, headers: Record<string, string>): Promise<void> {
  t.equal(await knock(server, 'polling', headers), 403, `polling ${JSON.stringify(headers)}`)
  t.equal(await knock(server, 'websocket', headers), 400, `websocket ${JSON.stringify(headers)}`)
}

t.test('a client may name the address that it connects to, in each spelling', async t => {
  for (const scheme of ['http', 'https', 'ws', 'wss']) await takes(t, server, { origin: `${scheme}://${host}` })
  await takes(t, server, { origin: 'wss://chat.example.com:443', host: 'chat.example.com' })
  await takes(t, server, { origin: 'https://chat.example.com', host: 'chat.example.com:443' })
  await takes(t, server, { origin: 'HTTP://CHAT.example.com', host: 'chat.example.com' })
})

t.test('or the address in PUBLIC_URL, whatever a proxy makes of the host', async t => {
  for (const origin of ['https://example.com', 'wss://example.com:443']) await takes(t, server, { origin })
  await refuses(t, server, { origin: 'https://example.com:8443' })
})

t.test('pages of the frontend and of apps may connect, compared whole', async t => {
  for (const origin of frontends) await takes(t, server, { origin })
  for (const origin of [
    'capacitor://localhost:1', 'capacitor://evil', 'capacitor://', 'Capacitor://localhost', 'tauri://localhost/',
    'ionic://localhost', 'http://localhost', 'https://app.example.com.', 'https://app.example.com:443',
  ]) await refuses(t, server, { origin })
})

t.test('a page of another origin may not, however it is spelled', async t => {
  const port = host.split(':')[1]!
  for (const origin of [
    'null', 'https://evil.example', `http://evil.example:${port}`, 'http://127.0.0.1', 'http://127.0.0.1:1',
    `http://${host}.evil.example`, `http://evil${host}`, `http://${host}@evil.example`, `http://evil.example@${host}`,
    `http://127.0.0.1.:${port}`, `http://${host}/`, `http://evil.example/${host}`, `http://evil.example#${host}`,
    `http://localhost:${port}`, `ftp://${host}`, `capacitor://${host}`, `http://evil.example http://${host}`, host,
  ]) await refuses(t, server, { origin })
})

t.test('the forwarded host counts behind a proxy that is trusted, and behind no other', async t => {
  const headers = { origin: 'https://chat.example.com', 'x-forwarded-host': 'chat.example.com' }
  await refuses(t, server, headers)
  const proxied = await startServer(t, { TRUST_PROXY: '127.0.0.1', DATABASE_URL: server.databaseUrl })
  await takes(t, proxied, headers)
  await takes(t, proxied, { ...headers, 'x-forwarded-host': 'inner.example, chat.example.com' })
  await refuses(t, proxied, { ...headers, 'x-forwarded-host': 'chat.example.com, inner.example' })
  await refuses(t, proxied, { origin: proxied.url, 'x-forwarded-host': 'chat.example.com' })
  await takes(t, proxied, { origin: proxied.url })
})

t.test('a refusal is logged with the origin, as far as that is not too long', async t => {
  const logged = () => server.log().split('\n').filter(line => line.includes('the origin of a socket was refused'))
    .map(line => JSON.parse(line).origin)
  const origins = ['https://misconfigured.example', `https://${'a'.repeat(5_000)}.example`]
  for (const origin of origins) await refuses(t, server, { origin })
  t.same(logged().slice(-4), origins.flatMap(origin => [origin.slice(0, 200), origin.slice(0, 200)]))
  t.notOk(logged().some(origin => frontends.includes(origin)))
})

/** What browsers are told, of calls and of polling. */
async function termsOf (path: string, method: string, origin?: string): Promise<Array<string | null>> {
  const { headers } = await call(`${server.url}${path}`, method, {
    headers: { ...origin !== undefined && { origin }, 'access-control-request-method': 'GET' },
  })
  t.match(headers.get('vary'), /\bOrigin\b/, `${method} ${path} of ${origin}: caches keep answers apart by origin`)
  return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]
}

t.test('browsers are told to send credentials of the frontend and of apps, and of nobody else', async t => {
  for (const path of ['/api/v1/groups', '/health', '/nothing', '/docs', '/socket.io/?EIO=4&transport=polling']) {
    for (const method of ['GET', 'OPTIONS']) {
      for (const origin of frontends) t.same(await termsOf(path, method, origin), [origin, 'true'], `${method} ${path}`)
      for (const origin of [undefined, 'null', 'https://evil.example', server.url, 'https://app.example.com.']) {
        t.same(await termsOf(path, method, origin), [null, null], `${method} ${path} of ${origin}`)
      }
    }
  }
})

t.test('one that may connect is served as anybody else', async t => {
  for (const transport of transports) {
    const ear = await ada.connect({ transports: [transport], extraHeaders: { origin: `ws://${host}` } })
    t.same(await ear.ask('join', { userId: ada.id }), { ok: true }, transport)
  }
})
