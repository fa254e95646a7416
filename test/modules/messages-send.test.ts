import sharp from 'sharp'
import t from 'tap'
import { call, startServer, type Person } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = await server.signInMany(2) as [Person, Person]
const { id } = await ada.talkTo(bob)
const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'teal' } }).png().toBuffer()
const send = (json: unknown, person = ada) => person.post(`/conversations/${id}/messages`, json)
const clientMessageId = '01980000-0000-7000-8000-00000000000a'

t.test('a message is stored, answered, and heard by all in the conversation, the sender\'s devices too', async t => {
  const [adasPhone, bobsPhone] = [await ada.connect(), await bob.connect()]
  const draft = { text: ' Hi 👩‍🚀\n', clientMessageId: clientMessageId.toUpperCase() }
  const { status, body: { message } } = await send(draft)
  t.equal(status, 201)
  t.match(message, {
    conversationId: id,
    senderId: ada.id,
    seq: 1,
    version: 2,
    text: ' Hi 👩‍🚀\n',
    imageUrl: null,
    clientMessageId,
    status: 'sent',
    createdAt: /Z$/,
    deletedAt: null,
    deletedFor: null,
  })
  for (const phone of [adasPhone, bobsPhone]) {
    t.same(await phone.next('message:new'), { conversationId: id, version: 2, message })
  }
  const { conversation, messages } = (await bob.get(`/conversations/${id}?markRead=false`)).body
  t.same(messages, [message])
  t.match(conversation, { lastSeq: 1, version: 2, unreadCount: 1, updatedAt: message.createdAt, lastMessage: message })

  const answer = await bobsPhone.ask('message:send', { conversationId: id, text: 'Hello' })
  t.match(answer, { ok: true, message: { seq: 2, version: 3, senderId: bob.id, text: 'Hello', clientMessageId: null } })
  t.same((await adasPhone.next('message:new', ({ version }) => version === 3)).message, answer.message)
})

t.test('text is 1 to 8192 characters that PostgreSQL can hold, one of them to be seen', async t => {
  const socket = await ada.connect()
  const before = await server.sql('SELECT * FROM conversations, messages')
  const wrong = [
    {}, { text: '' }, { text: ' \n\t\u00a0' }, { text: '\u2800 \u200b\u3164\ufe0f' },
    { text: 'a\0b' }, { text: '\ud800' }, { text: 'x\udc00' },
    { text: 'x'.repeat(8193) }, { text: '👍'.repeat(8193) },
    { text: null }, { text: 7 }, { text: ['x'] }, { imageUrl: '' },
    { imageUrl: 'x'.repeat(2049) }, { imageUrl: '\0' }, { clientMessageId },
    { text: 'x', clientMessageId: 'mine' }, { text: 'x', clientMessageId: 1 }, { text: 'x', senderId: bob.id },
    { text: 'x', seq: 1 },
  ]
  for (const json of wrong) {
    const { status, body } = await send(json)
    t.equal(status, 400, JSON.stringify(json).slice(0, 60))
    t.match(body, { code: 'VALIDATION_FAILED' })
    t.match(await socket.ask('message:send', { conversationId: id, ...json }), {
      ok: false, error: { statusCode: 400, code: 'VALIDATION_FAILED' },
    })
  }
  t.same(await server.sql('SELECT * FROM conversations, messages'), before, 'and nothing is stored')

  for (const text of ['x', '0', '\u200b❤\ufe0f\u2800', 'x'.repeat(8192), '👍'.repeat(8192)]) {
    const { status, body } = await send({ text })
    t.equal(status, 201)
    t.equal(body.message.text, text)
  }
})

t.test('an image is one that this server\'s store gave out, with text or without', async t => {
  const { status, body: { imageUrl } } = await ada.upload('/upload/image', 'image', png)
  t.equal(status, 200)
  t.equal((await fetch(imageUrl)).headers.get('content-type'), 'image/webp')
  t.match((await send({ imageUrl })).body.message, { text: null, imageUrl })
  t.match((await send({ imageUrl, text: 'teal' })).body.message, { text: 'teal', imageUrl })

  const [
    { last_seq: lastSeq },
  ] = await server.sql('SELECT last_seq FROM conversations WHERE id = $1', [id]) as [{ last_seq: number }]
  for (const foreign of [
    'https://example.com/a.png', `${imageUrl}?`, imageUrl.toUpperCase(), '/images/x.webp', 'javascript:alert(1)',
  ]) {
    const refused = await send({ imageUrl: foreign, text: 'look' })
    t.equal(refused.status, 400, foreign)
    t.match(refused.body, { code: 'VALIDATION_FAILED', message: /imageUrl/ })
  }
  t.equal((await ada.say(id, 'next')).seq, Number(lastSeq) + 1, 'the refused ones used up no number')
})

t.test('an upload is one file in the field "image", and an image', async t => {
  for (const [field, bytes, status] of [['file', png, 400], ['image', Buffer.from('<svg/>'), 415]] as const) {
    t.equal((await ada.upload('/upload/image', field, bytes)).status, status)
  }
  t.equal((await ada.post('/upload/image', { image: 'x' })).status, 415)
})

t.test('a body that is not JSON, or too large, is refused and the server goes on', async t => {
  const post = (body: string, type: string) => call(`${server.url}/api/v1/conversations/${id}/messages`, 'POST', {
    token: ada.token, body, headers: { 'content-type': type },
  })
  for (const [body, type, status, code] of [
    ['{"text":', 'application/json', 400, 'VALIDATION_FAILED'],
    ['', 'application/json', 400, 'VALIDATION_FAILED'],
    ['"text"', 'application/json', 400, 'VALIDATION_FAILED'],
    ['{"text":"x","__proto__":{}}', 'application/json', 400, 'VALIDATION_FAILED'],
    ['text=x', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [JSON.stringify({ text: 'x'.repeat(2_000_000) }), 'application/json', 413, 'PAYLOAD_TOO_LARGE'],
  ] as const) {
    const answer = await post(body, type)
    t.same([answer.status, answer.body.code], [status, code], body.slice(0, 20))
  }
  t.equal((await send({ text: 'still there' })).status, 201)
})
