import { randomUUID } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import sharp from 'sharp'
import { asItTravels } from '../support/as-it-travels.ts'
import { startServer } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id } = await ada.talkTo(bob)
for (let i = 0; i < 20; i++) await ada.say(id, `Have you read chapter ${i}?`)

const raw = (path: string, headers = {}, method = 'GET', body?: Uint8Array) =>
  asItTravels(ada, path, { method, headers, ...body && { body } })
const history = `/api/v1/conversations/${id}/messages`

t.test('a large answer comes as small as the client can read it', async t => {
  const plain = await raw(history)
  t.equal(plain.headers['content-encoding'], undefined)
  for (const [
    accepted, encoding, decompress,
  ] of [['gzip, deflate', 'gzip', gunzipSync], ['gzip, deflate, br', 'br', brotliDecompressSync]] as const) {
    const { headers, bytes } = await raw(history, { 'accept-encoding': accepted })
    t.match(headers, {
      'content-encoding': encoding, vary: /accept-encoding/i, 'content-type': plain.headers['content-type'],
    })
    t.same(decompress(bytes), plain.bytes)
    t.ok(bytes.length * 4 < plain.bytes.length, `${bytes.length} instead of ${plain.bytes.length} bytes`)
  }
  t.same((await raw(history, { 'accept-encoding': 'identity' })).bytes, plain.bytes)
  t.same((await raw(history, { 'accept-encoding': 'zstd' })).bytes, plain.bytes)
})

t.test('so do the pages of the documentation, whatever their size', async t => {
  const [
    plain, compressed,
  ] = [await raw('/docs/openapi.json'), await raw('/docs/openapi.json', { 'accept-encoding': 'gzip' })]
  t.same(gunzipSync(compressed.bytes), plain.bytes)
})

t.test('what is small, or compressed already, comes as it is', async t => {
  for (const path of ['/api/v1/auth/me', '/health', '/nothing']) {
    t.equal((await raw(path, { 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined)
  }
  const image = await sharp({
    create: {
      width: 500, height: 500, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 100, sigma: 50 },
    },
  }).png().toBuffer()
  const { body: { imageUrl } } = await ada.upload('/upload/image', 'image', image)
  const { headers, bytes } = await raw(new URL(imageUrl).pathname, { 'accept-encoding': 'gzip' })
  t.ok(bytes.length > 1_024)
  t.equal(headers['content-encoding'], undefined)
})

t.test('HEAD goes without a body, and 304 too', async t => {
  const head = await raw(history, { 'accept-encoding': 'gzip' }, 'HEAD')
  t.same([head.status, head.bytes.length], [200, 0])
  const { body: { group } } = await ada.post('/groups', { name: 'Chess', about: 'a board, '.repeat(40) })
  const path = `/api/v1/groups/${group.id}`
  const { headers: { etag } } = await raw(path, { 'accept-encoding': 'gzip' })
  const again = await raw(path, { 'accept-encoding': 'br', 'if-none-match': etag })
  t.same([again.status, again.bytes.length], [304, 0], 'what was kept is good, however it came')
})

t.test('what a client compresses is not read, since nobody knows how large it is', async t => {
  const body = gzipSync(JSON.stringify({ text: 'Hello', clientMessageId: randomUUID() }))
  const { status } = await raw(history, {
    'content-type': 'application/json', 'content-encoding': 'gzip',
  }, 'POST', body)
  t.equal(status, 400)
})
