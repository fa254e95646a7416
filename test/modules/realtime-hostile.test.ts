import t, { type Test } from 'tap'
import { startServer, until } from '../helper.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id: conversationId } = await ada.talkTo(bob)
const faults: unknown[] = []
for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
  const note = (fault: unknown) => { faults.push(fault) }
  process.on(name, note)
  t.teardown(() => process.off(name, note))
}

/** A bare WebSocket that speaks Engine.IO and Socket.IO by hand, connected as Ada. */
async function connectBare ({ admitted = true } = {}) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const heard: string[] = []
  let closed = false
  socket.addEventListener('message', ({ data }) => {
    if (data === '2') socket.send('3')
    heard.push(String(data))
  })
  socket.addEventListener('close', () => { closed = true })
  t.teardown(() => socket.close())
  await until(() => heard.some(packet => packet.startsWith('0')))
  if (admitted) {
    socket.send(`40${JSON.stringify({ token: ada.token })}`)
    await until(() => heard.some(packet => packet.startsWith('40')))
  }
  return { socket, heard, isClosed: () => closed }
}

/** The server is as well as before: it answers, and nothing went astray. */
async function isWell (t: Test) {
  const ear = await ada.connect()
  t.same(await ear.ask('typing:stop', { conversationId }), { ok: true })
  ear.socket.disconnect()
  t.same(faults, [])
}

const names = ['join', 'conversation:join', 'conversation:leave', 'typing:start', 'typing:stop', 'message:send', 'message:read', 'error', 'newMessage', '__proto__', 'constructor', 'toString', '', 'x'.repeat(10_000)]

t.test('payloads of any shape are answered with an error, whatever the event', async t => {
  const ear = await ada.connect()
  const refusal = { ok: false, error: { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: String } }
  const payloads: unknown[] = [
    null, true, 0, -1, 1e308, '', 'text', 'x'.repeat(50_000), '\0', '\ud800', [], [[[]]], {}, { conversationId: {} }, { conversationId: [conversationId] },
    { conversationId, messageId: conversationId, userId: ada.id }, { conversationId: `${conversationId}\0` }, { conversationId: "'; DROP TABLE users" },
    { toString: 1, hasOwnProperty: 1, then: 1 }, JSON.parse(`{"__proto__":{"conversationId":"${conversationId}"}}`), JSON.parse('{"constructor":{"prototype":{"ok":1}}}'),
    Buffer.from('binary'), { conversationId: Buffer.alloc(1000) }, new Uint8Array(60_000), Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, i])),
  ]
  for (const name of names) {
    for (const payload of payloads) {
      const answer = await ear.ask(name, payload)
      if (answer.ok || answer.error.statusCode !== 400) t.match(answer, refusal, `${name.slice(0, 20)} ${JSON.stringify(payload).slice(0, 40)}`)
    }
    t.match(await ear.ask(name), refusal)
    t.match(await ear.ask(name, 1, 2, 3, {}, null), refusal)
    for (const payload of payloads) ear.socket.emit(name, payload)
  }
  t.equal(({} as any).conversationId, undefined, 'no prototype was touched')
  await isWell(t)
})

t.test('nesting as deep as a frame can hold is refused', async t => {
  const { socket, heard } = await connectBare()
  const nested = [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`]
  let id = 0
  for (const name of ['message:send', 'typing:start', 'nothing']) {
    for (const deep of nested) {
      socket.send(`42${++id}["${name}",${deep}]`)
      socket.send(`42["${name}",${deep}]`)
      socket.send(`42${++id}["${name}",{"conversationId":${deep}}]`)
    }
  }
  await until(() => heard.filter(packet => packet.startsWith('43')).length === id)
  t.ok(heard.filter(packet => packet.startsWith('43')).every(packet => packet.includes('VALIDATION_FAILED')))

  await t.test('with attachments as well', async t => {
    const bare = await connectBare()
    bare.socket.send(`451-["message:send",${'['.repeat(20_000)}{"_placeholder":true,"num":0}${']'.repeat(20_000)}]`)
    bare.socket.send(Buffer.from('attachment'))
    bare.socket.send('421["typing:stop",{}]')
    await until(() => bare.isClosed() || bare.heard.some(packet => packet.startsWith('431')))
    await isWell(t)
  })
})

t.test('events with reserved names and packets that are none end the connection, and nothing else', async t => {
  const packets = [
    '42["disconnect"]', '42["connect_error",{}]', '42["newListener",{}]', '42["removeListener",{}]', '42["disconnecting"]', '42', '42[]', '42{}', '42"x"', '42[null]', '42[{}]',
    '42[', '4', '49', '4x', '45', '451', '451-', '451-["x"]', '459999999999-["x",{}]', '4599-["x",{"_placeholder":true,"num":7}]', '430[]', '43999999[1]', '44{}',
    '40/unknown,', '40/__proto__,{}', '40null', '40[]', '40', '41', '9', 'garbage', '', '0{}', '5', '6', '2probe', '1', '\u{1F388}', 'b', 'bAAAA',
  ]
  for (const packet of packets) {
    const bare = await connectBare()
    bare.socket.send(packet)
    bare.socket.send(Buffer.from([0, 1, 2, 255]))
    bare.socket.send('427["typing:stop",{}]')
    await until(() => bare.isClosed() || bare.heard.some(heard => heard.startsWith('437') || heard.startsWith('44')))
    bare.socket.close()
  }
  await isWell(t)
})

t.test('numbers as names of events are answered like any unknown name', async t => {
  const { socket, heard } = await connectBare()
  socket.send('421[7,{}]')
  await until(() => heard.some(packet => packet.startsWith('431')))
  t.match(heard.find(packet => packet.startsWith('431')), /VALIDATION_FAILED/)
})

t.test('who is not admitted can send nothing', async t => {
  const before = await server.sql('SELECT count(*) FROM messages')
  for (const hello of ['', '40', '40{}', '40{"token":null}', '40{"token":{"toString":1}}', '40{"__proto__":{"token":1}}', `40{"token":"${'x'.repeat(60_000)}"}`]) {
    const bare = await connectBare({ admitted: false })
    bare.socket.send(hello)
    bare.socket.send(`42["message:send",{"conversationId":"${conversationId}","text":"smuggled"}]`)
    await until(() => bare.isClosed() || bare.heard.some(packet => packet.startsWith('44')))
    if (!bare.isClosed()) t.match(bare.heard.find(packet => packet.startsWith('44')), /UNAUTHENTICATED/, hello.slice(0, 30))
  }
  t.same(await server.sql('SELECT count(*) FROM messages'), before)
  await isWell(t)
})

t.test('an acknowledgement nobody asked for, and connections that vanish amid events, do no harm', async t => {
  for (let i = 0; i < 5; i++) {
    const ear = await ada.connect()
    for (let j = 0; j < 20; j++) {
      ear.socket.emit('message:send', { conversationId, text: 'from one who is gone' }, () => {})
      ear.socket.emit('typing:start', { conversationId })
      ear.socket.emit('conversation:join', { conversationId })
    }
    await ear.ask('typing:stop', { conversationId }).catch(() => {})
    ear.socket.io.engine.close()
  }
  await isWell(t)
})

t.test('nothing of all this was a fault of the server', async t => {
  t.same(faults, [])
  t.same(server.log().split('\n').filter(line => /"level":(50|60)/.test(line)), [])
})
