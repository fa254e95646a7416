import net from 'node:net'
import { once } from 'node:events'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createDatabase, startServer, until } from '../support/server.ts'

/** A door in front of PostgreSQL that can be shut, on everyone inside as well. */
async function createDoor (t: Test, databaseUrl: string) {
  const url = new URL(databaseUrl)
  const [host, port] = [url.hostname, Number(url.port || 5432)]
  const inside = new Set<net.Socket>()
  let open = true
  const door = net.createServer(client => {
    const database = net.connect(port, host)
    for (const socket of [client, database]) {
      inside.add(socket)
      socket.on('error', () => {}).on('close', () => {
        inside.delete(socket)
        client.destroy()
        database.destroy()
      })
    }
    if (open) client.pipe(database).pipe(client)
    else client.destroy()
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => door.close())
  url.host = `127.0.0.1:${(door.address() as net.AddressInfo).port}`
  return {
    url: url.href,
    open () { open = true },
    shut () {
      open = false
      for (const socket of inside) socket.destroy()
    },
  }
}

t.test('while the database refuses', async t => {
  const databaseUrl = await createDatabase(t)
  const door = await createDoor(t, databaseUrl)
  const server = await startServer(t, { DATABASE_URL: door.url })
  const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
  const { id: direct } = await ada.talkTo(bob)
  const [adaEar, bobEar] = [await ada.connect(), await bob.connect()]
  const { body: { group } } = await ada.post('/groups', { name: 'Club' })
  await adaEar.next('sync:required')
  await until(async () => (await server.sql('SELECT FROM users WHERE is_online')).length === 2)
  const timesLate = () => server.log().split('presence is late').length - 1

  await t.test('a socket whose rooms are unknown is closed, for the client to come back', async t => {
    const lock = new pg.Client({ connectionString: databaseUrl })
    await lock.connect()
    await lock.query('BEGIN; LOCK TABLE participants')
    const gone = adaEar.gone()
    const left = { conversationId: group.id, version: 2 }
    // Another node has committed these; the second concerns somebody who is not connected here.
    server.app.events.emit('member.left', { ...left, userId: ada.id })
    server.app.events.emit('member.left', { ...left, userId: '01970000-0000-7000-8000-00000000ffff' })
    const connecting = ada.connect().catch(error => error)
    await until(() => server.app.io.sockets.adapter.rooms.get(`user:${ada.id}`)!.size === 2)
    door.shut()
    t.match(await gone, /^transport/, 'after which clients reconnect by themselves')
    t.match((await connecting).data, { code: 'UNAVAILABLE' })
    t.ok(bobEar.socket.connected, 'others stay')
    await lock.end()
  })

  await t.test('an event is answered with UNAVAILABLE, and the socket stays', async t => {
    const refusal = {
      ok: false, error: { statusCode: 503, code: 'UNAVAILABLE', error: 'Service Unavailable', message: String },
    }
    t.match(await bobEar.ask('message:send', { conversationId: direct, text: 'lost' }), refusal)
    t.match(await bobEar.ask('conversation:join', { conversationId: direct }), refusal)
    bobEar.socket.emit('message:send', { conversationId: direct, text: 'lost' })
    t.match(await bobEar.ask('typing:start', { conversationId: direct }), refusal)
    t.ok(bobEar.socket.connected)
  })

  await t.test('a connection is refused with UNAVAILABLE, for the client to try again', async t => {
    const error = await bob.connect().catch(error => error)
    t.match(error.data, { statusCode: 503, code: 'UNAVAILABLE' })
  })

  await t.test('a block that cannot be announced is logged', async t => {
    server.app.events.emit('block.changed', { conversationId: direct, version: 2, userId: ada.id, ownVersion: 1 })
    await until(() => server.log().includes('a block was not announced'))
    t.ok(bobEar.socket.connected)
  })

  await t.test('an absence that could not be noted is noted afterwards', async t => {
    const before = timesLate()
    // One renewal and the absence, 5 s after the socket went.
    await until(() => timesLate() >= before + 2)
    t.same(bobEar.all('user:offline').filter(({ userId, lastActive }) => userId === ada.id && lastActive), [])
    door.open()
    t.match(await bobEar.next('user:offline', ({ lastActive }) => lastActive !== null), { userId: ada.id })
    await ada.connect()
    await ada.say(direct, 'back')
    t.match(await bobEar.next('message:new'), {
      message: { seq: 1, text: 'back' },
    }, 'and what was refused was not stored')
  })
})
