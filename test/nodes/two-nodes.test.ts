import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { until, type Person, type TestServer } from '../support/server.ts'
import { startRedis, withoutRedis } from '../support/redis.ts'
import { at, startNodes } from '../support/nodes/nodes.ts'

/** A check that looks for what was not told comes twice in so many milliseconds. */
const twoChecks = 10_500
/** Sooner than a check would find it. */
const soon = 3_000

t.test('nodes on one Redis work as one', { skip: withoutRedis, jobs: 10 }, async t => {
  const redis = await startRedis(t)
  const [here, there] = await startNodes(t, 2, { REDIS_URL: redis.url })
  const elsewhere = (person: Person) => at(there!, person)

  /** Two people in a direct conversation, one connected here and one there, and the second one's other device here. */
  async function meet () {
    const [ada, bob] = await here!.signInMany(2) as [Person, Person]
    const { id } = await ada.talkTo(bob)
    return { ada, bob, id, ear: await elsewhere(bob).connect(), own: await bob.connect(), sender: await ada.connect() }
  }

  await Promise.all([
    t.test('what happens at one is heard at the other, once, and nobody is asked to look again', async t => {
      const { ada, bob, id, ear, own, sender } = await meet()
      const message = await ada.say(id, 'hello')
      t.same(await ear.next('message:new'), { conversationId: id, version: message.version, message })
      const answer = await elsewhere(bob).say(id, 'hi')
      t.match(await sender.next('message:new', event => event.message.id === answer.id), { message: answer })
      await elsewhere(bob).post(`/messages/${message.id}/read`)
      t.match(await sender.next('message:status'), { messageId: message.id, userId: bob.id })
      await ada.delete(`/messages/${message.id}?for=everyone`)
      t.match(await ear.next('message:deleted'), { messageId: message.id })
      await ada.patch(`/conversations/${id}`, { isMuted: true })
      t.match(await sender.next('sync:required'), { conversationId: id })

      const { id: group } = (await ada.post('/groups', { name: 'Chess' })).body.group
      await sender.next('sync:required', event => event.conversationId === group)
      await elsewhere(bob).post(`/groups/${group}/join`)
      for (const one of [ear, own, sender]) {
        t.match(await one.next('group:member-joined'), { conversationId: group, user: { id: bob.id } })
      }
      const inGroup = await ada.say(group, 'welcome')
      for (const one of [ear, own]) {
        t.match(await one.next('message:new', event => event.message.id === inGroup.id), { conversationId: group })
      }
      await bob.post(`/messages/${inGroup.id}/read`)
      t.match(await ear.next('message:status', event => event.conversationId === group), { messageId: inGroup.id })

      await sleep(twoChecks)
      t.same(ear.all('sync:required'), [])
      t.same(sender.all('sync:required').length, 2)
      for (const one of [ear, own]) {
        t.equal(new Set(one.all('message:new').map(event => event.message.id)).size, one.all('message:new').length)
      }
    }),

    t.test('a conversation opened at one: the other side hears it at the other, and all that follows', async t => {
      const [ada, bob] = await here!.signInMany(2) as [Person, Person]
      const ear = await elsewhere(bob).connect()
      const { id } = await ada.talkTo(bob)
      t.match(await ear.next('sync:required'), { conversationId: id })
      const message = await ada.say(id, 'first')
      t.match(await ear.next('message:new'), { message })
    }),

    t.test('whoever left at one hears nothing more at the other', async t => {
      const [ada, bob] = await here!.signInMany(2) as [Person, Person]
      const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
      await bob.post(`/groups/${id}/join`)
      const [ear, stayed] = [await elsewhere(bob).connect(), await elsewhere(ada).connect()]
      await bob.post(`/groups/${id}/leave`)
      await stayed.next('group:member-left')
      await ada.say(id, 'among those who stayed')
      await stayed.next('message:new')
      t.same(ear.all('message:new'), [])
      await until(() => !there!.app.io.sockets.adapter.rooms.get(`conversation:${id}`)?.has(ear.socket.id!), soon)
    }),

    t.test('a join that is repeated settles the sockets at the other', async () => {
      const [ada, bob] = await here!.signInMany(2) as [Person, Person]
      const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
      const ear = await elsewhere(bob).connect()
      // As if its news had been lost.
      await here!.sql('INSERT INTO participants (id, user_id, conversation_id) VALUES ($1, $2, $3)', [
        randomUUID(), bob.id, id,
      ])
      await bob.post(`/groups/${id}/join`)
      await until(
        () => there!.app.io.sockets.adapter.rooms.get(`conversation:${id}`)?.has(ear.socket.id!) === true, soon
      )
    }),

    t.test('typing is seen at the other, and a block ends it', async t => {
      const { ada, bob, id, ear, sender } = await meet()
      t.same(await sender.ask('conversation:join', { conversationId: id }), { ok: true })
      await sender.ask('typing:start', { conversationId: id })
      t.same(await ear.next('typing'), { conversationId: id, userId: ada.id, isTyping: true })
      await elsewhere(bob).patch(`/conversations/${id}`, { isBlocked: true })
      t.match(await ear.next('typing', event => !event.isTyping, soon), { userId: ada.id })
      t.match(await sender.next('sync:required', event => event.conversationId === id, soon), {})
      t.match(await sender.next('user:offline', event => event.userId === bob.id, soon), { lastActive: null })
      t.equal((await ada.post(`/conversations/${id}/messages`, { text: 'no' })).body.code, 'BLOCKED')
      await sleep(twoChecks)
      t.equal(sender.all('user:offline').length, 1, 'one node tells it, not each')
    }),

    t.test('who comes and goes at one is seen at the other; who is at both does not flicker', async t => {
      const [ada, bob] = await here!.signInMany(2) as [Person, Person]
      await ada.talkTo(bob)
      const ear = await elsewhere(ada).connect()
      const phone = await bob.connect()
      t.same(await ear.next('user:online'), { userId: bob.id })
      const laptop = await elsewhere(bob).connect()
      phone.socket.disconnect()
      await sleep(6_000)
      t.same(ear.all('user:offline'), [])
      laptop.socket.disconnect()
      t.match(await ear.next('user:offline'), { userId: bob.id })
      t.equal(ear.all('user:online').length, 1)
    }),

    t.test('a message sent with one clientMessageId to both at once is one', async t => {
      const { ada, id, ear } = await meet()
      const clientMessageId = randomUUID()
      const sent = await Promise.all(
        Array.from({ length: 50 }, (_, i) => (i % 2 ? ada : elsewhere(ada)).say(id, 'once', clientMessageId))
      )
      t.equal(new Set(sent.map(message => JSON.stringify(message))).size, 1)
      t.equal((await here!.sql('SELECT FROM messages WHERE client_message_id = $1', [clientMessageId])).length, 1)
      await ada.say(id, 'marker')
      await ear.next('message:new', event => event.message.text === 'marker')
      t.equal(ear.all('message:new').length, 2)
    }),

    t.test('a node hears only what its sockets are concerned with', async t => {
      const [ada, bob] = await here!.signInMany(2) as [Person, Person]
      const { id } = await ada.talkTo(bob)
      const channels = await here!.app.redis!.commands.call('PUBSUB', 'SHARDCHANNELS', `*${id}*`)
      t.same(channels, [])
      const ear = await elsewhere(bob).connect()
      const count = async () =>
        (await here!.app.redis!.commands.call('PUBSUB', 'SHARDNUMSUB', `convo#/#conversation:${id}#`) as any)[1]
      t.equal(await count(), 1)
      ear.socket.disconnect()
      await until(async () => await count() === 0)
    }),
  ])

  // What is measured is not measured beside all that.
  await t.test('a token that is ended at one is worth nothing at the other, within a second', async t => {
    const ada = await here!.signIn()
    const ear = await elsewhere(ada).connect()
    t.equal((await elsewhere(ada).get('/auth/me')).status, 200)
    const gone = ear.gone()
    const begun = Date.now()
    await ada.post('/auth/logout')
    t.equal(await gone, 'io server disconnect')
    await until(async () => (await elsewhere(ada).get('/auth/me')).status === 401, 1_000)
    t.ok(Date.now() - begun < 1_000)
  })

  await t.test('ready says that Redis is there', async t => {
    const { status, body } = await elsewhere(await here!.signIn()).get('/health/ready')
    t.same({ status, body }, { status: 200, body: { status: 'ok', database: 'connected', redis: 'connected' } })
  })
})

t.test('who came and went while Redis was away is told when it is back', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  const [here, there] = await startNodes(t, 2, { REDIS_URL: redis.url }) as [TestServer, TestServer]
  const [ada, bob, cat] = await here.signInMany(3) as [Person, Person, Person]
  for (const other of [bob, cat]) await ada.talkTo(other)
  const ear = await at(there, ada).connect()
  const leaving = await cat.connect()
  await ear.next('user:online', ({ userId }) => userId === cat.id)
  await redis.kill()
  await bob.connect()
  leaving.socket.disconnect()
  const seen = 'SELECT FROM users WHERE (id, is_online) IN (($1::uuid, true), ($2::uuid, false))'
  await until(async () => (await here.sql(seen, [bob.id, cat.id])).length === 2)
  t.same(ear.heard.filter(({ name }) => name.startsWith('user:')).length, 1)

  // As if PostgreSQL were away as well.
  const lock = new pg.Client({ connectionString: here.databaseUrl })
  await lock.connect()
  await lock.query('BEGIN; LOCK TABLE conversations')
  await redis.start()
  await until(() => /presence is told again later/.test(there.log()))
  await lock.end()
  t.same(await ear.next('user:online', ({ userId }) => userId === bob.id), { userId: bob.id })
  t.match(await ear.next('user:offline', ({ userId }) => userId === cat.id), { lastActive: String })
})
