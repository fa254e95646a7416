import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import sharp from 'sharp'
import t from 'tap'

const secret = 'the-api-secret'
const uploads: Array<{ path: string, fields: Record<string, string>, file: Buffer }> = []

/** Checks an upload as Cloudinary does: every field but a few, sorted, signed with the secret. */
function isSigned ({
  signature, api_key: _key, resource_type: _type, cloud_name: _name, ...fields
}: Record<string, string>): boolean {
  const signed = Object.keys(fields).sort().map(name => `${name}=${fields[name]}`).join('&')
  return ['sha1', 'sha256'].some(hash => createHash(hash).update(signed + secret).digest('hex') === signature)
}

async function takeUpload (request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request)
  const headers = { 'content-type': request.headers['content-type']! }
  const form = await new Response(new Uint8Array(body), { headers }).formData()
  const { file, ...fields } = Object.fromEntries(form) as { file: File } & Record<string, any>
  const accepted = isSigned(fields)
  if (accepted) uploads.push({ path: request.url!, fields, file: Buffer.from(await file.arrayBuffer()) })
  response.writeHead(accepted ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(accepted
    ? {
        public_id: `convo/${uploads.length}`,
        secure_url: `https://res.cloudinary.com/name/image/upload/convo/${uploads.length}.webp`,
      }
    : { error: { message: 'Invalid Signature' } }))
}

const working = (request: IncomingMessage, response: ServerResponse) => {
  takeUpload(request, response).catch(error => response.destroy(error))
}
let answer = working
const cloudinary = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
await once(cloudinary, 'listening')
t.teardown(() => cloudinary.close())

const { port } = cloudinary.address() as AddressInfo
// The library reads this once, while it is loaded.
process.env.CLOUDINARY_URL = `cloudinary://key:secret@name?upload_prefix=http://127.0.0.1:${port}`
const { startServer } = await import('../support/server.ts')

const settings = { CLOUDINARY_CLOUD_NAME: 'name', CLOUDINARY_API_KEY: 'the-api-key', CLOUDINARY_API_SECRET: secret }
const server = await startServer(t, settings)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const png = await sharp({ create: { width: 4000, height: 2000, channels: 3, background: 'teal' } }).png().toBuffer()

t.test('an image goes to Cloudinary, re-encoded and signed', async t => {
  const { status, body } = await ada.upload('/upload/image', 'image', png)
  t.same({
    status, body,
  }, { status: 200, body: { imageUrl: 'https://res.cloudinary.com/name/image/upload/convo/1.webp' } })
  const [{ path, fields, file }] = uploads as [typeof uploads[number]]
  t.equal(path, '/v1_1/name/image/upload')
  t.match(fields, {
    api_key: 'the-api-key', folder: 'convo', timestamp: /^\d+$/, transformation: 'q_auto/f_auto',
  })
  t.match(await sharp(file).metadata(), { format: 'webp', width: 3200, height: 1600 })
})

t.test('such an image can be sent, and is one\'s avatar', async t => {
  const { body: { imageUrl } } = await ada.upload('/upload/image', 'image', png)
  const { id } = await ada.talkTo(bob)
  t.match(await ada.post(`/conversations/${id}/messages`, { imageUrl }), {
    status: 201, body: { message: { imageUrl } },
  })
  const { body: { avatarUrl } } = await ada.upload('/users/me/avatar', 'avatar', png)
  t.equal((await bob.get(`/users/${ada.id}`)).body.user.avatarUrl, avatarUrl)
})

t.test('nothing is served or kept here', async t => {
  t.equal((await fetch(`${server.url}/images/x.webp`)).status, 404)
})

t.test('a Cloudinary that fails is a reason to try again, and gives nothing away', async t => {
  t.teardown(() => { answer = working })
  const failures: Record<string, typeof answer> = {
    refuses: (_request, response) => response.writeHead(401, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { message: `bad signature for ${secret}` } })),
    'is broken': (_request, response) => response.writeHead(500).end('oops'),
    'speaks nonsense': (_request, response) => response.writeHead(200).end('oops'),
    'names no address': (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    'hangs up': request => request.socket.destroy(),
  }
  for (const [what, failing] of Object.entries(failures)) {
    answer = failing
    const { status, body, headers } = await ada.upload('/upload/image', 'image', png)
    t.match({ status, body }, {
      status: 503, body: { code: 'UNAVAILABLE', message: 'The image could not be stored, try again shortly.' },
    }, what)
    t.equal(headers.get('retry-after'), '1')
  }
  t.notMatch(server.log(), secret)
})

t.test('and works again as soon as Cloudinary does', async t => {
  t.equal((await ada.upload('/upload/image', 'image', png)).status, 200)
})
