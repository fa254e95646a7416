import t, { type Test } from 'tap'
import { startServer, until } from '../support/server.ts'
import { connectBare, eventNames, hellos, nested, packets, payloads } from '../support/hostile.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
const { id: conversationId } = await ada.talkTo(bob)
const faults: unknown[] = []
for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
  const note = (fault: unknown) => { faults.push(fault) }
  process.on(name, note)
  t.teardown(() => process.off(name, note))
}

/** The server is as well as before: it answers, and nothing went astray. */
async function isWell (t: Test) {
  const ear = await ada.connect()
  t.same(await ear.ask('typing:stop', { conversationId }), { ok: true })
  ear.socket.disconnect()
  t.same(faults, [])
}

t.test('payloads of any shape are answered with an error, whatever the event', async t => {
  const ear = await ada.connect()
  const refusal = {
    ok: false, error: { statusCode: 400, code: 'VALIDATION_FAILED', error: 'Bad Request', message: String },
  }
  for (const name of eventNames) {
    for (const payload of payloads) {
      const answer = await ear.ask(name, payload)
      if (answer.ok || answer.error.statusCode !== 400) {
        t.match(answer, refusal, `${name.slice(0, 20)} ${JSON.stringify(payload).slice(0, 40)}`)
      }
    }
    t.match(await ear.ask(name), refusal)
    t.match(await ear.ask(name, 1, 2, 3, {}, null), refusal)
    for (const payload of payloads) ear.socket.emit(name, payload)
  }
  t.equal(({} as any).conversationId, undefined, 'no prototype was touched')
  await isWell(t)
})

t.test('nesting as deep as a frame can hold is refused', async t => {
  const { socket, heard } = await connectBare(t, server.url, ada.token)
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
    const bare = await connectBare(t, server.url, ada.token)
    bare.socket.send(`451-["message:send",${'['.repeat(20_000)}{"_placeholder":true,"num":0}${']'.repeat(20_000)}]`)
    bare.socket.send(Buffer.from('attachment'))
    bare.socket.send('421["typing:stop",{}]')
    await until(() => bare.isClosed() || bare.heard.some(packet => packet.startsWith('431')))
    await isWell(t)
  })
})

t.test('events with reserved names and packets that are none end the connection, and nothing else', async t => {
  for (const packet of packets) {
    const bare = await connectBare(t, server.url, ada.token)
    bare.socket.send(packet)
    bare.socket.send(Buffer.from([0, 1, 2, 255]))
    bare.socket.send('427["typing:stop",{}]')
    await until(() => bare.isClosed() || bare.heard.some(heard => heard.startsWith('437') || heard.startsWith('44')))
    bare.socket.close()
  }
  await isWell(t)
})

t.test('numbers as names of events are answered like any unknown name', async t => {
  const { socket, heard } = await connectBare(t, server.url, ada.token)
  socket.send('421[7,{}]')
  await until(() => heard.some(packet => packet.startsWith('431')))
  t.match(heard.find(packet => packet.startsWith('431')), /VALIDATION_FAILED/)
})

t.test('who is not admitted can send nothing', async t => {
  const before = await server.sql('SELECT count(*) FROM messages')
  for (const hello of hellos) {
    const bare = await connectBare(t, server.url)
    bare.socket.send(hello)
    bare.socket.send(`42["message:send",{"conversationId":"${conversationId}","text":"smuggled"}]`)
    await until(() => bare.isClosed() || bare.heard.some(packet => packet.startsWith('44')))
    if (!bare.isClosed()) {
      t.match(bare.heard.find(packet => packet.startsWith('44')), /UNAUTHENTICATED/, hello.slice(0, 30))
    }
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
