import sharp from 'sharp'
import t from 'tap'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const ada = await server.signIn('Ada')
const png = await sharp({ create: { width: 20, height: 10, channels: 3, background: 'teal' } }).png().toBuffer()

const raw = (body: string, type: string) =>
  call(`${server.url}/api/v1/upload/image`, 'POST', { token: ada.token, body, headers: { 'content-type': type } })

t.test('what is wrong with a form is named', async t => {
  const send = (...parts: Array<[string, File | string]>) => {
    const body = new FormData()
    for (const [name, value] of parts) body.append(name, value)
    return call(`${server.url}/api/v1/upload/image`, 'POST', { token: ada.token, body })
  }
  const image: [string, File] = ['image', new File([png], 'a.png')]
  const only = 'There must be one file, in the field "image"'
  for (const parts of [
    [['caption', 'hello'], image], [image, ['caption', 'hello']], [['caption', 'hello'], image, ['more', 'x']],
    [['caption', 'hello'], ['more', 'x'], image], [['caption', 'hello'], image, image], [['caption', 'hello']],
  ] as Array<Array<[string, File | string]>>) {
    t.match(await send(...parts), {
      status: 400,
      body: { code: 'VALIDATION_FAILED', message: `${only}, and nothing else: the form has a text field "caption".` },
    })
  }
  t.match(await raw([
    '--x', 'Content-Disposition: form-data; name="image"', 'Content-Type: image/png', '', png.toString('latin1'),
    '--x--', '',
  ].join('\r\n'), 'multipart/form-data; boundary=x'), {
    status: 400,
    body: {
      code: 'VALIDATION_FAILED',
      message: `${only}, and its part needs a file name (filename="…"): without one it is text.`,
    },
  })
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
    'a name that reaches for prototypes': [['__proto__', file()]],
  }
  for (const [what, parts] of Object.entries(forms)) {
    const form = new FormData()
    for (const [name, value] of parts) form.append(name, value)
    t.match(await call(`${server.url}/api/v1/upload/image`, 'POST', { token: ada.token, body: form }), {
      status: 400, body: { code: 'VALIDATION_FAILED', message: /field "image"/ },
    }, what)
  }
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
