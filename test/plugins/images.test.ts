import { once } from 'node:events'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import sharp, { type Metadata } from 'sharp'
import t from 'tap'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const ada = await server.signIn('Ada')
const folder = join(server.config.DATA_DIR, 'images')

const plain = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: 'teal' } })
const png = await plain(20, 10).png().toBuffer()

/** The same picture, claiming another size. */
function claim (width: number, height: number): Buffer {
  const liar = Buffer.from(png)
  liar.writeUInt32BE(width, 16)
  liar.writeUInt32BE(height, 20)
  liar.writeUInt32BE(crc32(liar.subarray(12, 29)), 29)
  return liar
}

const upload = (bytes: Uint8Array, names = {}) => ada.upload('/upload/image', 'image', bytes, names)

async function stored (bytes: Uint8Array): Promise<Metadata> {
  const { status, body } = await upload(bytes)
  if (status !== 200) throw new Error(JSON.stringify(body))
  const response = await fetch(body.imageUrl)
  return sharp(Buffer.from(await response.arrayBuffer()), { animated: true }).metadata()
}

t.test('PNG, JPEG, WebP and GIF are taken by what they hold and come back as WebP', async t => {
  for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
    t.match(await stored(await plain(20, 10).toFormat(format).toBuffer()), {
      format: 'webp', width: 20, height: 10,
    }, format)
  }
  t.equal(
    (await upload(png, { name: '../../evil.svg', type: 'image/svg+xml' })).status,
    200,
    'whatever name and type they come under'
  )
})

t.test('a large image is scaled down, keeping its proportions', async t => {
  t.match(await stored(await plain(3200, 1000).png().toBuffer()), { width: 800, height: 250 })
  t.match(await stored(await plain(100, 1600).jpeg().toBuffer()), { width: 50, height: 800 })
})

t.test('an animation stays one', async t => {
  const frames = await Promise.all(['red', 'green', 'blue'].map(background =>
    sharp({ create: { width: 1000, height: 500, channels: 3, background } }).png().toBuffer()))
  const gif = await sharp(frames, { join: { animated: true } }).gif({ delay: 100 }).toBuffer()
  t.match(await stored(gif), { format: 'webp', pages: 3, width: 800, pageHeight: 400, delay: [100, 100, 100] })
})

t.test('what a camera writes into an image is used to turn it upright and then dropped', async t => {
  const taken = { IFD0: { Copyright: 'Ada at home' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } }
  const photo = await plain(40, 20).withExif(taken).withMetadata({ orientation: 6 }).jpeg().toBuffer()
  t.ok((await sharp(photo).metadata()).exif)
  const { exif, xmp, icc, iptc, orientation, width, height } = await stored(photo)
  t.same({ exif, xmp, icc, iptc, orientation }, {})
  t.same({ width, height }, { width: 20, height: 40 })
})

t.test('anything else is refused by what it holds', async t => {
  const others = {
    SVG: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'),
    TIFF: await plain(20, 10).tiff().toBuffer(),
    PDF: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF'),
    text: Buffer.from('hello'),
    nothing: Buffer.alloc(0),
    'half a PNG': (await sharp({
      create: {
        width: 200, height: 200, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 30 },
      },
    }).png().toBuffer()).subarray(0, 20_000),
    'a PNG that claims more than it has': claim(200, 200),
  }
  for (const [what, bytes] of Object.entries(others)) {
    t.match(await upload(bytes, { name: 'photo.png', type: 'image/png' }), {
      status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
    }, what)
  }
})

t.test('an image of up to 5 MiB is taken, a larger one is not', async t => {
  const noisy = await sharp({
    create: {
      width: 1280, height: 1270, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 90 },
    },
  }).png({ compressionLevel: 0 }).toBuffer()
  t.ok(noisy.length > 4.5 * 1024 * 1024 && noisy.length < 5 * 1024 * 1024)
  t.equal((await upload(noisy)).status, 200)
  t.match(await upload(Buffer.concat([noisy, Buffer.alloc(1024 * 1024)])), {
    status: 413, body: { code: 'PAYLOAD_TOO_LARGE', message: /5 MiB/ },
  })
})

t.test('an image of more than 40 megapixels is not even decoded', async t => {
  for (const [width, height] of [[8000, 5001], [1_000_000, 1000], [41, 1_000_000]] as const) {
    t.match(await upload(claim(width, height)), {
      status: 413, body: { code: 'PAYLOAD_TOO_LARGE', message: /40 megapixels/ },
    })
  }
})

t.test('the form holds one file, in its field, and nothing else', async t => {
  const file = () => new File([png], 'a.png')
  const forms: Record<string, Array<[string, File | string]>> = {
    'another field': [['avatar', file()]],
    'another field, and much in it': [['avatar', new File([Buffer.alloc(4_000_000)], 'a.png')]],
    'no file': [],
    'text where the file should be': [['image', 'text']],
    'two files': [['image', file()], ['image', file()]],
    'a second file of another name': [['image', file()], ['other', file()]],
    'a field before': [['caption', 'hello'], ['image', file()]],
    'a field behind': [['image', file()], ['caption', 'hello']],
    'a name that reaches for prototypes': [['__proto__', file()]],
  }
  for (const [what, parts] of Object.entries(forms)) {
    const form = new FormData()
    for (const [name, value] of parts) form.append(name, value)
    t.match(await call(`${server.url}/api/v1/upload/image`, 'POST', { token: ada.token, body: form }), {
      status: 400, body: { code: 'VALIDATION_FAILED', message: /field "image"/ },
    }, what)
  }
  const raw = (body: string, type: string) =>
    call(`${server.url}/api/v1/upload/image`, 'POST', { token: ada.token, body, headers: { 'content-type': type } })
  t.match(await raw('nonsense', 'multipart/form-data; boundary=x'), {
    status: 400, body: { code: 'VALIDATION_FAILED' },
  })
  t.match(await raw(
    '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc',
    'multipart/form-data; boundary=x'
  ), { status: 400, body: { code: 'VALIDATION_FAILED' } }, 'an end is missing')
  t.match(await raw('nonsense', 'multipart/form-data'), {
    status: 400, body: { code: 'VALIDATION_FAILED' },
  }, 'no boundary')
})

t.test('what is no form is not accepted', async t => {
  t.match(await ada.post('/upload/image', { image: png.toString('base64') }), {
    status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
  })
  t.match(await call(`${server.url}/api/v1/upload/image`, 'POST', {
    token: ada.token, body: png, headers: { 'content-type': 'image/png' },
  }), { status: 415 })
  t.match(await ada.post('/upload/image'), { status: 415 })
  t.match(await call(`${server.url}/api/v1/upload/image`, 'POST', { body: new FormData() }), {
    status: 401,
  }, 'and nobody uploads without signing in')
})

t.test('an avatar goes the same way', async t => {
  const { status, body } = await ada.upload('/users/me/avatar', 'avatar', png)
  t.equal(status, 200)
  t.equal((await ada.get('/auth/me')).body.user.avatarUrl, body.avatarUrl)
  t.match(await ada.upload('/users/me/avatar', 'image', png), { status: 400, body: { message: /field "avatar"/ } })
})

t.test('a stored image can be loaded by anyone and can do nothing', async t => {
  const { body: { imageUrl } } = await upload(png)
  t.match(imageUrl, new RegExp(`^${server.url}/images/[0-9a-f-]{36}\\.webp$`))
  const { status, headers } = await call(imageUrl, 'GET')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'image/webp')
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  t.equal(headers.get('content-security-policy'), "default-src 'none'; sandbox")
  t.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
  t.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable')
})

t.test('nothing but images is served', async t => {
  await writeFile(join(server.config.DATA_DIR, 'beside.txt'), 'secret')
  const statusOf = (path: string) => new Promise<number>((resolve, reject) => {
    request(server.url, { path }, response => { response.resume().on('end', () => resolve(response.statusCode!)) })
      .on('error', reject).end()
  })
  for (const path of [
    '../beside.txt', '%2e%2e/beside.txt', '..%2fbeside.txt', '.%2e%2fbeside.txt', '..%5cbeside.txt',
    '../images/../beside.txt', '/etc/passwd', '%2fetc%2fpasswd', '', '.', 'none.webp', 'a%00.webp', '....//beside.txt',
  ]) {
    t.equal(await statusOf(`/images/${path}`), 404, path)
  }
})

t.test('addresses begin with PUBLIC_URL when there is one', async t => {
  const behindProxy = await startServer(t, { PUBLIC_URL: 'https://chat.example.com' })
  const zoe = await behindProxy.signIn('Zoe')
  t.match(
    (await zoe.upload('/upload/image', 'image', png)).body.imageUrl,
    /^https:\/\/chat\.example\.com\/images\/[0-9a-f-]{36}\.webp$/
  )
})

t.test('an upload that breaks off or cannot be stored leaves nothing behind', async t => {
  const before = await readdir(folder)
  const begun = once(server.app.server, 'request')
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(`POST /api/v1/upload/image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\n` +
    'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n' +
    '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n')
  const [request, response] = await begun as [IncomingMessage, ServerResponse]
  await once(request, 'data')
  const ended = once(response, 'close')
  socket.resetAndDestroy()
  await ended

  await rename(folder, `${folder}.away`)
  t.match(await upload(png), { status: 500, body: { code: 'INTERNAL' } })
  await rename(`${folder}.away`, folder)
  t.same(await readdir(folder), before)
  t.equal((await upload(png)).status, 200, 'and the next one is stored')
  t.same((await readdir(folder)).filter(name => name.startsWith('.')), [])
})
