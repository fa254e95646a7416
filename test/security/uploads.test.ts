import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { createFolder, startServer } from '../support/server.ts'
import { contraband, images, others, tooLarge } from '../support/security/files.ts'

const server = await startServer(t)
const temporary = process.env.TMPDIR = await createFolder(t)
const ada = await server.signIn('Ada')
const folder = join(server.config.DATA_DIR, 'images')

/** Uploads a file as what it is not, and returns the answer and how long it took, in milliseconds. */
async function judge (bytes: Buffer, { name = '../../photo.png', type = 'image/png' } = {}) {
  const begun = performance.now()
  const answer = await ada.upload('/upload/image', 'image', bytes, { name, type })
  return { ...answer, ms: performance.now() - begun }
}

t.test('what is an image is taken, and comes out as an image and nothing else', async t => {
  for (const [what, bytes] of Object.entries(images)) {
    const { status, body, ms } = await judge(bytes, { name: 'page.html', type: 'text/html' })
    t.equal(status, 200, what)
    t.ok(ms < 1_000, `${what}: ${Math.round(ms)} ms`)
    const stored = await readFile(join(folder, new URL(body.imageUrl).pathname.split('/').at(-1)!))
    const { format, width, height, exif, xmp, icc, iptc, orientation, comments } = await sharp(stored).metadata()
    t.match({ format, exif, xmp, icc, iptc, orientation, comments }, {
      format: 'webp',
      exif: undefined,
      xmp: undefined,
      icc: undefined,
      iptc: undefined,
      orientation: undefined,
      comments: undefined,
    }, what)
    t.ok(width <= 64 && height <= 64, what)
    for (const words of contraband) t.notOk(stored.includes(words), what)
  }
})

t.test('what is none is refused by what it holds', async t => {
  for (const [what, bytes] of Object.entries(others)) {
    const { status, body, ms } = await judge(bytes)
    t.match({ status, body }, { status: 415, body: { statusCode: 415, code: 'UNSUPPORTED_MEDIA_TYPE' } }, what)
    t.ok(ms < 1_000, `${what}: ${Math.round(ms)} ms`)
  }
})

t.test('what would become too large is refused before it does', async t => {
  const before = process.memoryUsage.rss()
  for (const [what, bytes] of Object.entries(tooLarge)) {
    const { status, body, ms } = await judge(bytes)
    t.match({ status, body }, { status: 413, body: { statusCode: 413, code: 'PAYLOAD_TOO_LARGE' } }, what)
    t.ok(ms < 1_000, `${what}: ${Math.round(ms)} ms`)
  }
  // The client is in this process too, with copies of its 20 MiB.
  t.ok(process.memoryUsage.rss() - before < 200 * 1024 * 1024, 'and takes no memory')
  t.ok(Object.keys({ ...images, ...others, ...tooLarge }).length >= 60, 'sixty files and more')
})

t.test('a hundred uploads that break off leave nothing behind', async t => {
  const left = async () => [await readdir(folder), await readdir(temporary)]
  const before = await left()
  const head = `POST /api/v1/upload/image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\n` +
    'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n' +
    '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
  const ended = Array.from({ length: 100 }, async (_, i) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(head)
    socket.write(Buffer.alloc(i * 1_000))
    await once(socket, 'connect')
    socket.end()
    await once(socket.resume(), 'close')
  })
  const requests = new Set<IncomingMessage>()
  server.app.server.on('request', request => {
    requests.add(request)
    request.once('close', () => requests.delete(request))
  })
  await Promise.all(ended)
  t.same(await left(), before)
  t.equal(requests.size, 0)
  t.notMatch(server.log(), /"level":(50|60)/)
})

t.test('a message shows images of this server\'s own store, and none that a stranger names', async t => {
  const bob = await server.signIn('Bob')
  const { id } = await ada.talkTo(bob)
  const ear = await ada.connect()
  const { body: { imageUrl } } = await judge(images['a PNG']!)
  const foreign = [
    'https://example.com/a.png', 'http://127.0.0.1:1/', 'http://169.254.169.254/latest/meta-data', 'file:///etc/passwd',
    'javascript:alert(1)', 'data:image/png;base64,AAAA', '//example.com/a.png', '/etc/passwd',
    `${imageUrl}?x=1`, `${imageUrl}#x`, `${imageUrl}/`, `${imageUrl} `, ` ${imageUrl}`, imageUrl.toUpperCase(),
    imageUrl.replace('/images/', '/images/../images/'), imageUrl.replace('/images/', '//images/'),
    imageUrl.replace('127.0.0.1', '127.0.0.1.example.com'), imageUrl.replace('http://', 'http://user@'),
    imageUrl.replace('.webp', '%2ewebp'), imageUrl.replace('http:', 'https:'),
    imageUrl.replace(/[0-9a-f]{8}/, '00000000'),
  ]
  for (const url of foreign) {
    t.match(await ada.post(`/conversations/${id}/messages`, { imageUrl: url }), {
      status: 400, body: { code: 'VALIDATION_FAILED' },
    }, url)
    t.match(await ear.ask('message:send', { conversationId: id, imageUrl: url }), {
      ok: false, error: { code: 'VALIDATION_FAILED' },
    }, url)
    t.match(await ada.patch('/users/me', { avatarUrl: url }), { status: 400 }, 'nor does a profile')
  }
  t.equal((await ada.post(`/conversations/${id}/messages`, { imageUrl })).status, 201)
})
