import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createClient, memoryOutbox, type Draft, type Pending } from '../../client/src/index.ts'
import { startServer, until } from '../support/server.ts'
import { connect, FakeClock, next, openPair, shows, textsOf } from '../support/client/chats.ts'
import { createLine } from '../support/client/line.ts'

const server = await startServer(t)

type Fetch = typeof globalThis.fetch
const isSend = (input: Parameters<Fetch>[0], init?: RequestInit) =>
  init?.method === 'POST' && /\/conversations\/[^/]+\/messages$/.test(String(input))

/** What is sent takes the way that is given for it. */
const withSends = (send: Fetch): Fetch => (input, init) => isSend(input, init) ? send(input, init) : fetch(input, init)
const answer = (status: number, body: object, headers = {}) => new Response(JSON.stringify(body), { status, headers })
const error = (statusCode: number, code: string) => answer(statusCode, { statusCode, code, error: '', message: code })

t.test('the answer is lost: the message is there once, and confirmed by its event or by sending again', async t => {
  const { ada, bob, id } = await openPair(server)
  let sends = 0
  const chat = await connect(t, ada, {
    fetch: withSends(async (input, init) => {
      const answer = await fetch(input, init)
      if (++sends < 3) throw new TypeError('gone')
      return answer
    }),
  })
  const sent = await chat.send(id, { text: 'once' })
  t.match(chat.conversation(id)!.messages, [{ id: sent.id, status: 'sent', text: 'once' }])
  t.equal((await bob.get(`/conversations/${id}/messages`)).body.messages.length, 1)
})

t.test('a server that is busy is asked again: after as long as it says, and later each time', async t => {
  const { ada, id } = await openPair(server)
  const clock = new FakeClock()
  const answers = [
    answer(429, { code: 'RATE_LIMITED', message: 'Wait.' }, { 'retry-after': '7' }),
    error(503, 'UNAVAILABLE'),
    new Response('<h1>Bad gateway</h1>', { status: 502 }),
    new Response('{"message":', { status: 200 }),
  ]
  const chat = await connect(t, ada, {
    clock, fetch: withSends(async (input, init) => answers.shift() ?? fetch(input, init)),
  })
  const idle = clock.waiting
  const sent = chat.send(id, { text: 'at last' })
  const waits: number[] = []
  while (answers.length > 0) {
    const left = answers.length
    await until(() => answers.length < left && clock.waiting > idle)
    // The client looks every 5 s whether the device has slept.
    waits.push(clock.next)
    clock.pass(clock.next)
    while (clock.waiting > idle) clock.pass(clock.next)
  }
  t.match(await sent, { text: 'at last', seq: 1 })
  t.equal(waits.length, 4)
})

t.test('a message that the server refuses has failed, until it is sent again or discarded', async t => {
  const { ada, bob, id } = await openPair(server)
  const chat = await connect(t, ada)
  await bob.patch(`/conversations/${id}`, { isBlocked: true })
  const failed = next(chat, 'failed')
  const refused = chat.send(id, { text: 'blocked' })
  await t.rejects(refused, { statusCode: 403, code: 'BLOCKED' })
  const { clientMessageId } = await failed
  t.match(chat.conversation(id)!.messages, [
    { status: 'failed', text: 'blocked', clientMessageId, error: { code: 'BLOCKED' } },
  ])
  t.throws(() => chat.retry(randomUUID()), /no failed message/)

  await bob.patch(`/conversations/${id}`, { isBlocked: false })
  await chat.send(id, { text: 'meanwhile' })
  await chat.retry(clientMessageId)
  t.same(textsOf(chat, id), ['meanwhile', 'blocked'])
  t.same(chat.conversation(id)!.messages.map(({ status }) => status), ['sent', 'sent'])

  const empty = chat.send(id, {})
  await t.rejects(empty, { code: 'VALIDATION_FAILED' })
  const last = chat.conversation(id)!.messages.at(-1)!
  t.match(last, { status: 'failed', text: null, imageUrl: null })
  chat.discard('clientMessageId' in last ? last.clientMessageId! : '')
  t.equal(chat.conversation(id)!.messages.length, 2)
  chat.discard(randomUUID())
})

t.test('a message that is discarded on its way is forgotten, and rejects', async t => {
  const { ada, id } = await openPair(server)
  const line = await createLine(t, server.url)
  const chat = await connect(t, ada, { url: line.url })
  line.cut()
  const sent = chat.send(id, { text: 'never mind' })
  const { clientMessageId } = chat.conversation(id)!.messages[0] as Pending
  chat.discard(clientMessageId)
  await t.rejects(sent, { code: 'DISCARDED' })
  t.same(chat.conversation(id)!.messages, [])
})

t.test('it was stored before it was refused: then it is confirmed, not failed', async t => {
  const { ada, id } = await openPair(server)
  const chat = await connect(t, ada, {
    fetch: withSends(async (input, init) => {
      await fetch(input, init)
      await shows(chat, () => chat.conversation(id)!.messages.some(({ status }) => status === 'sent'))
      return error(404, 'NOT_FOUND')
    }),
  })
  t.match(await chat.send(id, { text: 'stored' }), { status: 'sent', seq: 1 })
  t.match(chat.conversation(id)!.messages, [{ status: 'sent', text: 'stored' }])
})

t.test('what is not answered outlives a restart, in its order; what failed is still shown, and not sent', async t => {
  const { ada, bob, id } = await openPair(server)
  const outbox = memoryOutbox()
  const line = await createLine(t, server.url)
  const first = await connect(t, ada, { url: line.url, outbox })
  await t.rejects(first.send(id, {}), { code: 'VALIDATION_FAILED' })
  line.cut()
  const sends = ['one', 'two', 'three'].map(text => first.send(id, { text }))
  await until(async () => (await outbox.load()).length === 4)
  first.close()
  for (const send of sends) await t.rejects(send, { code: 'CLOSED' })
  // Of somebody else on the same device.
  await outbox.put({ ...(await outbox.load())[0]!, clientMessageId: randomUUID(), senderId: bob.id })
  line.mend()

  const second = await connect(t, ada, { url: line.url, outbox })
  await shows(
    second,
    () =>
      textsOf(second, id).length === 4 && second.conversation(id)!.messages.every(({ status }) => status !== 'pending')
  )
  t.same(second.conversation(id)!.messages.map(message => [message.status, 'text' in message && message.text]), [
    ['sent', 'one'], ['sent', 'two'], ['sent', 'three'], ['failed', null],
  ])
  await until(async () => (await outbox.load()).length === 2)
  t.same((await ada.get(`/conversations/${id}/messages`)).body.messages.map(({ text }: { text: string }) => text), [
    'one', 'two', 'three',
  ])
})

t.test('it was sent by the run before, which died before it could note that: it is there once', async t => {
  const { ada, id } = await openPair(server)
  const outbox = memoryOutbox()
  const clientMessageId = randomUUID()
  await ada.say(id, 'sent already', clientMessageId)
  await outbox.put({
    clientMessageId, conversationId: id, senderId: ada.id, text: 'sent already', createdAt: new Date().toISOString(),
  })
  const chat = await connect(t, ada, { outbox })
  await until(async () => (await outbox.load()).length === 0)
  t.same(textsOf(chat, id), ['sent already'])
})

t.test('a store that fails is no reason not to send', async t => {
  const { ada, bob, id } = await openPair(server)
  const broken = async () => { throw new Error('full') }
  const chat = await connect(t, ada, { outbox: { load: broken, put: broken, remove: broken } })
  t.match(await chat.send(id, { text: 'all the same' }), { seq: 1 })
  await bob.patch(`/conversations/${id}`, { isBlocked: true })
  await t.rejects(chat.send(id, { text: 'blocked' }), { code: 'BLOCKED' })
})

t.test('with another clock, what is written later is still sent later', async t => {
  const { ada, id } = await openPair(server)
  const outbox = memoryOutbox()
  const draft: Draft = {
    clientMessageId: randomUUID(),
    conversationId: id,
    senderId: ada.id,
    text: 'of tomorrow',
    createdAt: '2100-01-01T00:00:00.000Z',
  }
  await outbox.put(draft)
  const line = await createLine(t, server.url)
  line.cut()
  const chat = await createClient({ url: line.url, token: ada.token, outbox })
  t.teardown(() => chat.close())
  chat.send(id, { text: 'of today' })
  line.mend()
  await chat.online()
  await shows(chat, () => chat.conversation(id)!.messages.every(({ status }) => status === 'sent'))
  t.same(textsOf(chat, id), ['of tomorrow', 'of today'])
})

t.test('an image is uploaded, then sent', async t => {
  const { ada, bob, id } = await openPair(server)
  const chat = await connect(t, ada)
  const pixel = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'
  )
  const { imageUrl } = await chat.api.uploadImage({ image: new Blob([pixel], { type: 'image/png' }) })
  await chat.send(id, { imageUrl })
  t.match((await bob.get(`/conversations/${id}/messages`)).body.messages, [{ text: null, imageUrl }])
})
