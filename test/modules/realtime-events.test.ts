import { randomUUID } from 'node:crypto'
import t from 'tap'
import { startServer, until } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob, cat] = [await server.signIn('Ada'), await server.signIn('Bob'), await server.signIn('Cat')]
const { id: conversationId } = await ada.talkTo(bob)
const [ear, bobEar, catEar] = [await ada.connect(), await bob.connect(), await cat.connect()]
const unknownId = '01970000-0000-7000-8000-00000000ffff'
const first = await bob.say(conversationId, 'first')

/** A payload that is right, for each event about a conversation or message. */
const payloads: Record<string, object> = {
  'conversation:join': { conversationId },
  'conversation:leave': { conversationId },
  'typing:start': { conversationId },
  'typing:stop': { conversationId },
  'message:send': { conversationId, text: 'by socket' },
  'message:read': { messageId: first.id },
}

t.test('every event with a right payload is acknowledged', async t => {
  t.same(await ear.ask('join', { userId: ada.id }), { ok: true })
  t.same(await ear.ask('join', { userId: ada.id.toUpperCase() }), { ok: true })
  for (const [name, payload] of Object.entries(payloads)) {
    t.match(await ear.ask(name, payload), { ok: true }, name)
  }
})

t.test('every event works without an acknowledgement', async t => {
  for (const [name, payload] of Object.entries({ join: { userId: ada.id }, ...payloads })) {
    ear.socket.emit(name, payload)
  }
  ear.socket.emit('message:send', { conversationId, text: 'without acknowledgement' })
  const { message } = await bobEar.next('message:new', ({ message }) => message.text === 'without acknowledgement')
  t.equal(message.senderId, ada.id)

  await t.test('and a wrong one changes nothing', async t => {
    const before = await server.sql('SELECT * FROM messages ORDER BY id')
    for (const name of Object.keys(payloads)) {
      ear.socket.emit(name, { conversationId: unknownId, messageId: unknownId })
      ear.socket.emit(name)
    }
    t.same(await ear.ask('typing:stop', { conversationId }), { ok: true })
    t.same(await server.sql('SELECT * FROM messages ORDER BY id'), before)
  })
})

t.test('a payload against the schema is refused with the shape that errors have over HTTP', async t => {
  const refusal = {
    ok: false, error: { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: /payload/ },
  }
  for (const name of ['join', ...Object.keys(payloads)]) {
    for (const payload of [{}, null, [], 'text', 7, true, {
      conversationId: 'no id', messageId: 'no id', userId: 'no id',
    }, { ...payloads[name], extra: 1 }, { conversationId: null }, { messageId: { id: first.id } }]) {
      t.match(await ear.ask(name, payload), refusal, `${name} ${JSON.stringify(payload)}`)
    }
    t.match(await ear.ask(name), { ok: false, error: { code: 'VALIDATION_FAILED' } }, 'nothing')
    t.match(await ear.ask(name, payloads[name] ?? {}, 'more'), {
      ok: false, error: { code: 'VALIDATION_FAILED' },
    }, 'too much')
  }
  t.match(await ear.ask('no:such-event', {}), {
    ok: false, error: { code: 'VALIDATION_FAILED', message: 'There is no such event.' },
  })
})

t.test('what one is no member of does not exist', async t => {
  for (const [name, payload] of Object.entries(payloads)) {
    t.match(await catEar.ask(name, payload), {
      ok: false, error: { statusCode: 404, code: 'NOT_FOUND', error: 'Not Found', message: String },
    }, name)
    const unknown = 'messageId' in payload ? { messageId: unknownId } : { ...payload, conversationId: unknownId }
    t.match(await ear.ask(name, unknown), { ok: false, error: { statusCode: 404, code: 'NOT_FOUND' } }, name)
  }
  await bob.say(conversationId, 'a secret')
  await cat.talkTo(ada)
  await catEar.next('sync:required')
  t.same(catEar.all('message:new').concat(catEar.all('typing')), [])
})

t.test('a token speaks for its own user only', async t => {
  t.match(await ear.ask('join', { userId: bob.id }), {
    ok: false, error: { statusCode: 403, code: 'FORBIDDEN', error: 'Forbidden' },
  })
})

t.test('message:send does what its HTTP twin does', async t => {
  const clientMessageId = randomUUID()
  const sent = await ear.ask('message:send', { conversationId, text: 'once', clientMessageId })
  t.match(sent, {
    ok: true, message: { conversationId, senderId: ada.id, text: 'once', clientMessageId, status: 'sent' },
  })
  const heard = await bobEar.next('message:new', ({ message }) => message.id === sent.message.id)
  t.same(heard, { conversationId, version: sent.message.version, message: sent.message })

  t.same(
    await ear.ask('message:send', { conversationId, text: 'once', clientMessageId }), sent, 'again: the first message'
  )
  t.same(
    (await ada.post(`/conversations/${conversationId}/messages`, { text: 'once', clientMessageId })).body.message,
    sent.message,
    'over HTTP as well'
  )
  t.match(await ear.ask('message:send', { conversationId, text: 'twice', clientMessageId }), {
    ok: false, error: { statusCode: 409, code: 'CLIENT_MESSAGE_ID_REUSED' },
  })
  const many = await Promise.all(
    Array.from({
      length: 10,
    }, () =>
      ear.ask('message:send', { conversationId, text: 'ten', clientMessageId: '01970000-0000-7000-8000-0000000000aa' }))
  )
  t.equal(new Set(many.map(answer => answer.message.id)).size, 1)

  for (const draft of [
    {}, { text: ' ' }, { text: '' }, { text: 'x'.repeat(8193) }, { imageUrl: 'https://example.com/x.png' },
    { text: 'a\0' }, { text: 1 }, { text: null },
  ]) {
    const answer = await ear.ask('message:send', { conversationId, ...draft })
    t.match(answer, { ok: false, error: { code: 'VALIDATION_FAILED' } }, JSON.stringify(draft).slice(0, 40))
    t.same(Object.keys(answer.error), ['statusCode', 'code', 'error', 'message'])
  }
  t.match(
    await ear.ask('message:send', { conversationId, text: '\u{1F388}'.repeat(8192) }), { ok: true }, 'the longest text'
  )

  await bob.patch(`/conversations/${conversationId}`, { isBlocked: true })
  t.match(await ear.ask('message:send', { conversationId, text: 'blocked' }), {
    ok: false, error: { statusCode: 403, code: 'BLOCKED' },
  })
  await bob.patch(`/conversations/${conversationId}`, { isBlocked: false })
})

t.test('messages that one socket sends without waiting arrive in the order of sending', async t => {
  const texts = Array.from({ length: 60 }, (_, i) => `burst ${i}`)
  const answers = await Promise.all(texts.map(text => ear.ask('message:send', { conversationId, text })))
  const seqs = answers.map(answer => answer.message.seq as number)
  t.same(seqs, seqs.map((_, i) => seqs[0]! + i))
  await bobEar.next('message:new', ({ message }) => message.text === texts.at(-1))
  t.same(bobEar.all('message:new').map(({ message }) => message.text).filter(text => text.startsWith('burst')), texts)
})

t.test('message:read does what its HTTP twin does', async t => {
  const message = await bob.say(conversationId, 'read me')
  t.same(await ear.ask('message:read', { messageId: message.id }), { ok: true })
  const status = await bobEar.next('message:status', ({ messageId }) => messageId === message.id)
  t.match(status, { conversationId, status: 'read', userId: ada.id, seq: message.seq, version: message.version + 1 })
  await ear.next('message:status', ({ messageId }) => messageId === message.id)
  t.same(await ear.ask('message:read', { messageId: message.id }), { ok: true }, 'again')
  t.same(await ear.ask('message:read', { messageId: first.id }), { ok: true }, 'backwards')
  t.match((await bob.get(`/conversations/${conversationId}?markRead=false`)).body.messages[0], {
    id: message.id, status: 'read',
  })
  await bob.say(conversationId, 'marker')
  await bobEar.next('message:new', ({ message }) => message.text === 'marker')
  t.equal(bobEar.all('message:status').filter(({ messageId }) => messageId === message.id).length, 1)

  await t.test('in a group only one\'s own devices hear of it', async t => {
    const { body: { group } } = await bob.post('/groups', { name: 'Readers' })
    await ada.post(`/groups/${group.id}/join`)
    const { id } = await bob.say(group.id, 'to all')
    await ear.ask('message:read', { messageId: id })
    t.match(await ear.next('message:status', ({ messageId }) => messageId === id), {
      conversationId: group.id, userId: ada.id,
    })
    await ada.say(group.id, 'marker')
    await bobEar.next('message:new', ({ conversationId }) => conversationId === group.id)
    t.same(bobEar.all('message:status').filter(({ conversationId }) => conversationId === group.id), [])
  })
})

t.test('a message deleted for everyone is heard by both sides, one deleted for oneself by own devices', async t => {
  const [gone, hidden] = [await bob.say(conversationId, 'gone'), await bob.say(conversationId, 'hidden')]
  await bob.delete(`/messages/${gone.id}?for=everyone`)
  for (const device of [ear, bobEar]) {
    t.match(await device.next('message:deleted'), {
      conversationId, messageId: gone.id, seq: gone.seq, version: Number,
    })
  }
  const device = await ada.connect()
  await ada.delete(`/messages/${hidden.id}?for=self`)
  t.match(await device.next('sync:required'), { conversationId })
})

t.test('no event has disturbed the process', async t => {
  await until(() => ear.socket.connected)
  t.notMatch(server.log(), /"level":(50|60)/)
})
