import pg from 'pg'
import t from 'tap'
import { toIso } from '../../src/lib/rows.ts'
import { startServer, until, type Person } from '../support/server.ts'

const server = await startServer(t)
const rowOf = async (person: Person) =>
  (await server.sql('SELECT is_online, last_active FROM users WHERE id = $1', [person.id]))[0] as {
    is_online: boolean, last_active: string | null,
  }
const isOnline = async (person: Person) => (await rowOf(person)).is_online
const signInTwo = async () => await server.signInMany(2) as [Person, Person]

/** Something that everyone in the conversation hears, after all that came before. */
async function mark (by: Person, conversationId: string, ...ears: Array<Awaited<ReturnType<Person['connect']>>>) {
  const { id } = await by.say(conversationId, 'marker')
  for (const ear of ears) await ear.next('message:new', ({ message }) => message.id === id)
}

t.test('presence waits for real seconds, so its stories run side by side', { jobs: 8 }, async t => {
  await Promise.all([
    t.test('contacts hear of the first socket and, 5 s after the last one, of the absence', async t => {
      const [ada, bob] = await signInTwo()
      const { id } = await ada.talkTo(bob)
      const ear = await bob.connect()
      t.equal(await isOnline(ada), false)
      const phone = await ada.connect()
      t.same(await ear.next('user:online'), { userId: ada.id })
      t.equal(await isOnline(ada), true)
      t.match((await bob.get('/conversations')).body.conversations[0].otherUser, { id: ada.id, isOnline: true })

      const laptop = await ada.connect()
      phone.socket.disconnect()
      await mark(ada, id, ear)
      laptop.socket.disconnect()
      const left = Date.now()
      const { userId, lastActive } = await ear.next('user:offline')
      t.ok(Date.now() - left >= 4_900, 'not before')
      t.equal(userId, ada.id)
      t.equal(toIso((await rowOf(ada)).last_active!), lastActive)
      t.ok(Math.abs(Date.now() - Date.parse(lastActive)) < 10_000)
      t.match((await bob.get(`/users/${ada.id}`)).body.user, { isOnline: false, lastActive })
      t.same(ear.all('user:online').length, 1, 'the second device was no event')
      t.same(ear.all('user:offline').length, 1)

      await ada.connect()
      await until(() => ear.all('user:online').length === 2)
    }),

    t.test('a reload within 5 s is no absence', async t => {
      const [ada, bob] = await signInTwo()
      const { id } = await ada.talkTo(bob)
      const ear = await bob.connect()
      let page = await ada.connect()
      await ear.next('user:online')
      for (let i = 0; i < 3; i++) {
        page.socket.disconnect()
        // Until the server has seen the page go, or this would be a second device.
        await until(() => !server.app.io.sockets.adapter.rooms.has(`user:${ada.id}`))
        page = await ada.connect()
      }
      // As long as somebody else takes to be away for good.
      const [cat, dan] = await signInTwo()
      await cat.talkTo(dan)
      const danEar = await dan.connect()
      const catSocket = await cat.connect()
      await danEar.next('user:online')
      catSocket.socket.disconnect()
      await danEar.next('user:offline')
      await mark(ada, id, ear)
      t.same(ear.heard.filter(({ name }) => name.startsWith('user:')).map(({ name }) => name), ['user:online'])
      t.equal(await isOnline(ada), true)
    }),

    t.test('only direct contacts hear of it', async t => {
      const [ada, bob] = await signInTwo()
      const [cat] = await signInTwo()
      await ada.talkTo(bob)
      const { body: { group } } = await ada.post('/groups', { name: 'Club' })
      await cat.post(`/groups/${group.id}/join`)
      const [ear, groupEar] = [await bob.connect(), await cat.connect()]
      const socket = await ada.connect()
      await ear.next('user:online')
      socket.socket.disconnect()
      await ear.next('user:offline')
      await mark(ada, group.id, groupEar)
      t.same(groupEar.heard.filter(({ name }) => name.startsWith('user:')), [])
    }),

    t.test('a block, from either side, hides presence, and its end reveals it', async t => {
      for (const blocker of [0, 1]) {
        const people = await signInTwo()
        const [ada, bob] = people
        const { id } = await ada.talkTo(bob)
        const [adaEar, bobEar] = [await ada.connect(), await bob.connect()]
        await adaEar.next('user:online')
        await until(() => isOnline(bob))

        await people[blocker]!.patch(`/conversations/${id}`, { isBlocked: true })
        t.same(await adaEar.next('user:offline'), { userId: bob.id, lastActive: null })
        t.same(await bobEar.next('user:offline'), { userId: ada.id, lastActive: null })
        t.match((await ada.get(`/conversations/${id}`)).body.conversation.otherUser, {
          isOnline: false, lastActive: null,
        })
        for (const ear of [adaEar, bobEar]) await ear.next('sync:required', ({ version }) => version > 1)

        const heard = () => [adaEar, bobEar].map(ear => ear.heard.filter(({ name }) => name === 'user:online').length)
        const before = heard()
        await people[blocker]!.patch(`/conversations/${id}`, { isBlocked: true })
        await people[blocker]!.patch(`/conversations/${id}`, { isMuted: true })
        t.same(heard(), before, 'blocking twice reveals nothing')
        await people[blocker]!.patch(`/conversations/${id}`, { isBlocked: false })
        await until(() => heard().every((count, i) => count === before[i]! + 1))
        t.match((await ada.get(`/conversations/${id}`)).body.conversation.otherUser, { isOnline: true })
      }
    }),

    t.test('while there is a block, coming and going are not heard', async t => {
      const [ada, bob] = await signInTwo()
      const cat = await server.signIn()
      const { id } = await ada.talkTo(bob)
      await ada.talkTo(cat)
      const ear = await bob.connect()
      await bob.patch(`/conversations/${id}`, { isBlocked: true })
      await ear.next('user:offline')
      const catEar = await cat.connect()
      const socket = await ada.connect()
      await catEar.next('user:online')
      socket.socket.disconnect()
      await catEar.next('user:offline')
      await bob.patch(`/conversations/${id}`, { isBlocked: false })
      const { lastActive } = await ear.next('user:offline', ({ lastActive }) => lastActive !== null)
      t.equal(lastActive, toIso((await rowOf(ada)).last_active!), 'its end tells when the other was here')
      t.same(ear.all('user:online'), [])
    }),

    t.test('signing out disconnects and ends presence like any other going', async t => {
      const [ada, bob] = await signInTwo()
      await ada.talkTo(bob)
      const ear = await bob.connect()
      const socket = await ada.connect()
      await ear.next('user:online')
      const gone = socket.gone()
      await ada.post('/auth/logout')
      t.equal(await gone, 'io server disconnect')
      t.match(await ear.next('user:offline'), { userId: ada.id, lastActive: String })
      t.equal(await isOnline(ada), false)
    }),

    t.test('who comes back while the absence is being noted is online', async t => {
      const [ada, bob] = await signInTwo()
      await ada.talkTo(bob)
      const ear = await bob.connect()
      const socket = await ada.connect()
      await ear.next('user:online')
      const lease = () => server.sql('SELECT FROM presence WHERE user_id = $1', [ada.id])
      const blocker = new pg.Client({ connectionString: server.databaseUrl })
      await blocker.connect()
      await blocker.query('BEGIN')
      await blocker.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [ada.id])
      socket.socket.disconnect()
      await until(
        async () =>
          (await server.sql("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM " +
            "users%' AND datname = current_database()")).length > 0
      )
      await ada.connect()
      await blocker.query('COMMIT')
      await blocker.end()
      await until(() => ear.all('user:online').length === 2)
      t.equal(await isOnline(ada), true)
      t.equal((await lease()).length, 1)
    }),
  ])
})
