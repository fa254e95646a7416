import { io } from 'socket.io-client'
import t from 'tap'
import { faultOfAnswer, faultOfEvent, faultOfRefusal } from '../support/documented.ts'
import { Listener } from '../support/listener.ts'
import { startServer, until } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn(), await server.signIn()]
const { id: conversationId } = await ada.talkTo(bob)
const refusal = { statusCode: 404, code: 'NOT_FOUND', error: 'Not Found', message: 'There is no such conversation.' }

t.test('what is said as documented is no fault', async t => {
  t.equal(faultOfEvent('typing', [{ conversationId, userId: ada.id, isTyping: true }]), undefined)
  t.equal(faultOfEvent('sync:required', [{}]), undefined)
  t.equal(faultOfAnswer('join', { ok: true }), undefined)
  t.equal(faultOfAnswer('join', { ok: false, error: refusal }), undefined)
  t.equal(faultOfAnswer('no such event', { ok: false, error: refusal }), undefined)
  t.equal(faultOfRefusal({ message: refusal.message, data: refusal }), undefined)
  t.equal(faultOfRefusal({ message: 'xhr poll error' }), undefined)
})

t.test('any other event, and a field too many or too few, is one', async t => {
  t.match(faultOfEvent('surprise', [{}]), 'the event surprise is not documented')
  t.match(faultOfEvent('toString', [{}]), 'is not documented')
  t.match(faultOfEvent('typing', [{ conversationId, userId: ada.id }]), /required property 'isTyping'/)
  t.match(
    faultOfEvent('typing', [{ conversationId, userId: ada.id, isTyping: true, token: 'secret' }]),
    'must NOT have additional properties'
  )
  t.match(faultOfEvent('typing', [{ conversationId, userId: 'ada', isTyping: true }]), /must match format "uuid"/)
  t.match(
    faultOfEvent('group:member-joined', [{ conversationId, version: 1, user: ada.user }]),
    /user must NOT have additional properties/
  )
  t.match(faultOfEvent('typing', []), 'typing has 0 payloads')
  t.match(faultOfEvent('typing', [{}, {}]), 'typing has 2 payloads')
})

t.test('so is any other acknowledgement or refusal', async t => {
  for (const reply of [
    undefined, null, {}, { ok: 'yes' }, { ok: true, extra: 1 }, { ok: false },
    { ok: false, error: { ...refusal, stack: 'Error: …' } },
  ]) {
    t.match(faultOfAnswer('join', reply), 'the acknowledgement of join is not as documented')
  }
  t.match(faultOfAnswer('message:send', { ok: true }), /required property 'message'/)
  t.match(faultOfAnswer('no such event', { ok: true }), 'is not as documented')
  t.match(faultOfRefusal({ message: refusal.message, data: 'no' }), 'the refusal of a connection is not as documented')
})

t.test('whoever listens in a test notices', async t => {
  const faults: string[] = []
  const socket = io(server.url, { auth: { token: ada.token }, forceNew: true, transports: ['websocket'] })
  t.teardown(() => socket.disconnect())
  const ear = new Listener(socket, fault => faults.push(fault))
  await until(() => socket.connected)
  t.same(await ear.ask('conversation:join', { conversationId }), { ok: true })
  t.same(faults, [])
  const { io: sockets } = server.app as unknown as { io: { emit (name: string, ...payloads: unknown[]): void } }
  sockets.emit('surprise', 1)
  sockets.emit('user:online', { userId: bob.id, since: 1 })
  await ear.next('user:online', ({ since }) => since === 1)
  t.match(faults, [/surprise/, /user:online/])
})
