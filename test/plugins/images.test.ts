import { once } from 'node:events'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import sharp, { type Metadata } from 'sharp'
import t from 'tap'
import { pictureBounds, reencode } from '../../src/plugins/images/decode.ts'
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
  t.match(await stored(await plain(4000, 3200).png().toBuffer()), { width: 2000, height: 1600 })
  t.match(await stored(await plain(6000, 8000).jpeg().toBuffer()), { width: 1600, height: 2133 }, 'of 48 megapixels')
  const largest = plain(12_500, 8000)
  t.match(await stored(await largest.jpeg().toBuffer()), { width: 2500, height: 1600 }, 'of 100 megapixels')
})

t.test('a long screenshot stays as wide as it is, so that one can read it', async t => {
  t.match(await stored(await plain(1080, 12_000).png().toBuffer()), { width: 1080, height: 12_000 })
  t.match(await stored(await plain(12_000, 1080).jpeg().toBuffer()), { width: 12_000, height: 1080 })
  const { width, height } = await stored(await plain(2000, 20_000).png().toBuffer())
  t.same([width, height], [1265, 12_649], 'until it has 16 megapixels')
  t.match(await stored(await plain(10, 40_000).png().toBuffer()), { width: 4, height: 16_383 }, 'or WebP\'s last line')
  t.match(await stored(await plain(40_000, 1).png().toBuffer()), { width: 16_383, height: 1 })
})

t.test('an animation stays one', async t => {
  const framesOf = (width: number, height: number) => Promise.all(['red', 'green', 'blue'].map(background =>
    sharp({ create: { width, height, channels: 3, background } }).png().toBuffer()))
  const frames = await framesOf(1000, 500)
  const gif = await sharp(frames, { join: { animated: true } }).gif({ delay: 100 }).toBuffer()
  t.match(await stored(gif), { format: 'webp', pages: 3, width: 1000, pageHeight: 500, delay: [100, 100, 100] })
  const large = await sharp(await framesOf(4000, 2000), { join: { animated: true } }).webp({ effort: 0 }).toBuffer()
  const { width, pageHeight } = await stored(large)
  t.same([width, pageHeight], [2309, 1154], 'of 8 megapixels in all')
})

/** Four corners of their own, and a blue that tells frames apart. */
const cornered = (blue: number) => sharp(Buffer.from(Array.from({ length: 60 * 40 }, (_, i) =>
  [i % 60 < 30 ? 255 : 0, i < 60 * 20 ? 255 : 0, blue]).flat()), { raw: { width: 60, height: 40, channels: 3 } })

async function pixelsOf (bytes: Uint8Array, page = 0) {
  const response = await fetch((await upload(bytes)).body.imageUrl)
  const image = sharp(Buffer.from(await response.arrayBuffer()), { page })
  return image.removeAlpha().raw().toBuffer({ resolveWithObject: true })
}

t.test('an animation is turned upright as a picture is, frame by frame', async t => {
  const frames = await Promise.all([0, 120, 255].map(blue => cornered(blue).png().toBuffer()))
  for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
    const animation = await sharp(frames, { join: { animated: true } }).withMetadata({ orientation })
      .webp({ lossless: true, delay: [50, 60, 70], loop: 3 }).toBuffer()
    const [width, pageHeight] = orientation < 5 ? [60, 40] : [40, 60]
    t.match(await stored(animation), {
      pages: 3, width, pageHeight, delay: [50, 60, 70], loop: 3, orientation: undefined,
    }, `${orientation}`)
    for (const [page, frame] of frames.entries()) {
      const picture = await pixelsOf(await sharp(frame).withMetadata({ orientation }).png().toBuffer())
      const { data } = await pixelsOf(animation, page)
      const difference = data.reduce((sum, value, i) => sum + Math.abs(value - picture.data[i]!), 0) / data.length
      t.ok(difference < 10, `${orientation}, frame ${page}: ${difference}`)
    }
  }
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

t.test('a JPEG without an end is taken, as everything shows it', async t => {
  const jpeg = await sharp({
    create: {
      width: 200, height: 100, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  }).jpeg().toBuffer()
  for (const missing of [1, 2, 100, jpeg.length / 2]) {
    t.match(await stored(jpeg.subarray(0, jpeg.length - missing)), { width: 200, height: 100 }, `${missing} bytes`)
  }
})

t.test('an image of up to 20 MiB is taken, a larger one is not', async t => {
  const noisy = await sharp({
    create: {
      width: 2600, height: 2600, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 90 },
    },
  }).png({ compressionLevel: 0 }).toBuffer()
  t.ok(noisy.length > 19 * 1024 * 1024 && noisy.length < 20 * 1024 * 1024)
  t.equal((await upload(noisy)).status, 200)
  t.match(await upload(Buffer.concat([noisy, Buffer.alloc(1024 * 1024)])), {
    status: 413, body: { code: 'PAYLOAD_TOO_LARGE', message: /20 MiB/ },
  })
})

t.test('an image of more than 100 megapixels is not even decoded', async t => {
  for (const [width, height] of [[10_000, 10_001], [1_000_000, 1000], [101, 1_000_000]] as const) {
    t.match(await upload(claim(width, height)), {
      status: 413, body: { code: 'PAYLOAD_TOO_LARGE', message: /100 megapixels/ },
    })
  }
})

t.test('two images are decoded at once, 30 wait, and the next ones are to come again', async t => {
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => reencode(png, pictureBounds)))
  const refused = results.filter(result => result.status === 'rejected')
  t.equal(refused.length, 8)
  for (const { reason } of refused) {
    t.match(reason, { code: 'UNAVAILABLE', message: 'Too many images are waiting, try again shortly.' })
  }
  t.equal((await upload(png)).status, 200)
})

t.test('an avatar goes the same way', async t => {
  const { status, body } = await ada.upload('/users/me/avatar', 'avatar', png)
  t.equal(status, 200)
  t.equal((await ada.get('/auth/me')).body.user.avatarUrl, body.avatarUrl)
  const large = await plain(500, 1600).png().toBuffer()
  const response = await fetch((await ada.upload('/users/me/avatar', 'avatar', large)).body.avatarUrl)
  const { width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
  t.same([width, height], [250, 800], 'and is smaller')
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
