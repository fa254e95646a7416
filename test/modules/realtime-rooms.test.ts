import t from 'tap'
import type { Listener } from '../support/listener.ts'
import { startServer, until, type Person } from '../support/server.ts'

const server = await startServer(t)
const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]

const roomsOf = ({ socket }: Listener) =>
  [...server.app.io.sockets.adapter.sids.get(socket.id!) ?? []].filter(room => room.startsWith('conversation:')).sort()

const membershipsOf = async (person: Person) =>
  (await server.sql('SELECT conversation_id AS id FROM participants WHERE user_id = $1', [person.id]))
    .map(row => `conversation:${row.id}`).sort()

t.test('a socket hears all its conversations without asking', async t => {
  const { id: direct } = await ada.talkTo(bob)
  const { body: { group } } = await bob.post('/groups', { name: 'Club' })
  await ada.post(`/groups/${group.id}/join`)
  const ear = await ada.connect()
  t.same(roomsOf(ear), [`conversation:${direct}`, `conversation:${group.id}`].sort())
  const rooms = server.app.io.sockets.adapter.sids.get(ear.socket.id!)!
  t.ok(rooms.has(`user:${ada.id}`))
  await bob.say(direct, 'one')
  await bob.say(group.id, 'two')
  await ear.next('message:new', ({ conversationId }) => conversationId === direct)
  await ear.next('message:new', ({ conversationId }) => conversationId === group.id)

  await t.test('and conversation:leave means no more than looking elsewhere', async t => {
    t.same(await ear.ask('conversation:leave', { conversationId: direct }), { ok: true })
    await bob.say(direct, 'three')
    await ear.next('message:new', ({ message }) => message.text === 'three')
    t.same(await ear.ask('conversation:join', { conversationId: direct }), { ok: true })
    t.same(roomsOf(ear), await membershipsOf(ada))
  })
})

t.test('rooms follow what is opened, founded, joined and left, on every device', async t => {
  const [cat, dan] = [await server.signIn('Cat'), await server.signIn('Dan')]
  const devices = [await cat.connect(), await cat.connect(), await cat.connect({ transports: ['polling'] })]
  const danEar = await dan.connect()

  const { id: opened } = await cat.talkTo(dan)
  for (const device of [...devices, danEar]) {
    t.match(await device.next('sync:required'), { conversationId: opened, version: 1 })
  }
  await dan.say(opened, 'to cat')
  for (const device of [...devices, danEar]) {
    await device.next('message:new', ({ conversationId }) => conversationId === opened)
  }

  const { body: { group: founded } } = await cat.post('/groups', { name: 'Founded' })
  await dan.post(`/groups/${founded.id}/join`)
  await dan.say(founded.id, 'to the founder')
  for (const device of [...devices, danEar]) {
    await device.next('message:new', ({ conversationId }) => conversationId === founded.id)
  }

  const { body: { group: joined } } = await dan.post('/groups', { name: 'Joined' })
  await cat.post(`/groups/${joined.id}/join`)
  await dan.say(joined.id, 'to the newcomer')
  for (const device of devices) await device.next('message:new', ({ conversationId }) => conversationId === joined.id)

  await cat.post(`/groups/${joined.id}/leave`)
  await dan.say(joined.id, 'without cat')
  await dan.say(opened, 'marker')
  for (const device of devices) {
    await device.next('message:new', ({ message }) => message.text === 'marker')
    t.same(device.all('message:new').filter(({ message }) => message.text === 'without cat'), [])
    t.same(roomsOf(device), await membershipsOf(cat))
  }
  t.match(await devices[0]!.ask('conversation:join', { conversationId: joined.id }), {
    ok: false, error: { code: 'NOT_FOUND' },
  })
  t.same(roomsOf(devices[0]!), await membershipsOf(cat), 'asking does not help')
})

t.test('joining and leaving at once in any order never leaves a socket in a wrong room', async t => {
  const [eve, fay] = [await server.signIn('Eve'), await server.signIn('Fay')]
  const devices = [await eve.connect(), await eve.connect()]
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await fay.post('/groups', { name: `Group ${i}` })).body.group.id)

  for (let round = 0; round < 12; round++) {
    const answers = await Promise.all(ids.flatMap(id => Array.from({ length: 4 }, () =>
      eve.post(`/groups/${id}/${Math.random() < 0.5 ? 'join' : 'leave'}`))))
    const failed = answers.filter(({ status, body }) => status >= 400 && body.code !== 'NOT_FOUND')
    t.same(failed, [])
    const wanted = await membershipsOf(eve)
    // Nothing asks for certainty here: the rooms must come right by themselves, and stay so.
    await until(() => devices.every(device => roomsOf(device).join() === wanted.join()), 3_000).catch(() => {})
    t.same(devices.map(roomsOf), [wanted, wanted], `round ${round}`)
  }
})

t.test('a connection made while joining or leaving ends in the right rooms', async t => {
  const [gil, hal] = [await server.signIn('Gil'), await server.signIn('Hal')]
  const { body: { group } } = await hal.post('/groups', { name: 'Revolving door' })
  for (let round = 0; round < 12; round++) {
    const [first, , second] = await Promise.all([
      gil.connect(), gil.post(`/groups/${group.id}/${round % 2 ? 'leave' : 'join'}`), gil.connect(),
    ])
    const wanted = await membershipsOf(gil)
    await until(() => [first, second].every(device => roomsOf(device).join() === wanted.join()), 3_000).catch(() => {})
    t.same([roomsOf(first), roomsOf(second)], [wanted, wanted])
    for (const { socket } of [first, second]) socket.disconnect()
  }
})

t.test('with a second node on the same database, the sockets of the node that was asked are right', async t => {
  const second = await startServer(t, { DATABASE_URL: server.databaseUrl, JWT_SECRET: server.config.JWT_SECRET })
  const [ivy, joe] = [await server.signIn('Ivy'), await server.signIn('Joe')]
  const { body: { group } } = await joe.post('/groups', { name: 'Two nodes' })
  const { id } = await ivy.talkTo(joe)
  const ear = await ivy.connect()
  const elsewhere = await fetch(`${second.url}/api/v1/groups/${group.id}/join`, {
    method: 'POST', headers: { authorization: `Bearer ${ivy.token}` },
  })
  t.equal(elsewhere.status, 200)
  t.same(await ear.ask('conversation:join', { conversationId: group.id }), { ok: true })
  t.same(roomsOf(ear), await membershipsOf(ivy), 'asking for certainty gives it, whatever was heard')
  await joe.say(group.id, 'hello')
  await ear.next('message:new', ({ conversationId }) => conversationId === group.id)
  await fetch(`${second.url}/api/v1/groups/${group.id}/leave`, {
    method: 'POST', headers: { authorization: `Bearer ${ivy.token}` },
  })
  await ear.ask('conversation:join', { conversationId: id })
  t.same(roomsOf(ear), await membershipsOf(ivy))
})
