/** What each declared event keeps: stored before it is told, heard on every node, in `/sync`, in no need of repair. */
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { DomainEvent, DomainEvents } from '../../src/events.ts'
import { domainEvents } from '../../src/modules/realtime/events.ts'
import { describeEvents } from '../../src/modules/realtime/asyncapi.ts'
import type { Listener } from '../support/listener.ts'
import { until, type Person, type TestServer } from '../support/server.ts'
import { startRedis, withoutRedis } from '../support/redis.ts'
import { at, startNodes } from '../support/nodes/nodes.ts'

type Name = keyof DomainEvents

/**
 * Ada acts at one node. Bob, and another device of Ada's, listen at the other. Both are in the groups `club` and
 * `common`.
 */
interface Scene {
  ada: Person
  bob: Person
  ears: Listener[]
  direct: string
  group: string
  club: string
  common: string
  said: string
  received: string
}

/** How each event comes about. One that is declared and is not here is an error of types. */
const causes: Record<Name, (scene: Scene, here: TestServer) => unknown> = {
  'message.sent': ({ ada, direct }) => ada.say(direct, 'Hello'),
  'message.reacted': ({ ada, received }) => ada.put(`/messages/${received}/reactions/👍`),
  'message.deleted': ({ ada, said }) => ada.delete(`/messages/${said}?for=everyone`),
  'messages.read': ({ ada, received }) => ada.post(`/messages/${received}/read`),
  'conversation.opened': async ({ ada }, here) => ada.talkTo(await here.signIn()),
  'own.changed': ({ ada, direct }) => ada.patch(`/conversations/${direct}`, { isMuted: true }),
  'block.changed': ({ ada, direct }) => ada.patch(`/conversations/${direct}`, { isBlocked: true }),
  'member.joined': ({ ada, group }) => ada.post(`/groups/${group}/join`),
  'member.left': ({ ada, club }) => ada.post(`/groups/${club}/leave`),
  'membership.repeated': ({ ada, group }) => ada.post(`/groups/${group}/leave`),
  'session.revoked': async ({ ada }, here) => (await here.signIn('Ada', ada.user.email!)).post('/auth/logout'),
  'redis.returned': (_scene, here) => here.app.events.emit('redis.returned', { seconds: 0 }),
}

async function openScene (here: TestServer, there: TestServer): Promise<Scene> {
  const [ada, bob] = await here.signInMany(2) as [Person, Person]
  const ears = [await at(there, ada).connect(), await at(there, bob).connect()]
  const { id: direct } = await ada.talkTo(bob)
  const [said, received] = [await ada.say(direct, 'mine'), await bob.say(direct, 'yours')]
  const open = async (name: string) => (await bob.post('/groups', { name })).body.group.id as string
  const [group, club, common] = [await open('Chess'), await open('Club'), await open('Common')]
  for (const id of [club, common]) await ada.post(`/groups/${id}/join`)
  const scene = { ada, bob, ears, direct, group, club, common, said: said.id, received: received.id }
  await settle(scene)
  return scene
}

/** Until all that happened so far was heard: what comes later comes after it. */
async function settle ({ bob, ears, common }: Scene): Promise<void> {
  const { id } = await bob.say(common, 'so far')
  await Promise.all(ears.map(ear => ear.next('message:new', ({ message }) => message.id === id)))
}

/** What a person's clients have, as `/sync` takes it. */
async function stateOf (person: Person) {
  const { changed, ownVersion } = (await person.post('/sync', { conversations: {} })).body
  const versions = changed.map(({ conversation: { id, version } }: any) => [id, version])
  return { conversations: Object.fromEntries(versions), ownVersion }
}

/** The first event of that name on a node's bus, and from where it came. */
function nextOnBus (
  { app }: TestServer, name: Name
): Promise<{ event: any, origin: string, stored: Promise<unknown> }> {
  return new Promise(resolve => {
    app.events.on(name, (event, origin) => resolve({ event, origin, stored: versionsOf(app.db, event) }))
  })
}

/** The versions stored at the very moment at which an event is told. */
async function versionsOf (db: TestServer['app']['db'], { conversationId, userId }: any) {
  const { rows: [row] } = await db.$client.query(`
    SELECT (SELECT version FROM conversations WHERE id = $1) AS version,
      (SELECT own_version FROM users WHERE id = $2) AS "ownVersion"`, [conversationId ?? null, userId ?? null])
  return row
}

const wireOf = (name: Name) => domainEvents[name].wire
const documented = new Set(Object.values(describeEvents().channels).map(({ address }) => address))

t.test('every declared event', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  const [here, there] = await startNodes(t, 2, { REDIS_URL: redis.url }) as [TestServer, TestServer]
  const expected = new Map<Listener, number>()

  for (const [name, declared] of Object.entries(domainEvents) as Array<[Name, DomainEvent]>) {
    await t.test(name, async t => {
      const scene = await openScene(here, there)
      const { ada, ears } = scene
      const before = await stateOf(ada)
      const [local, remote] = [nextOnBus(here, name), nextOnBus(there, name)]
      await causes[name](scene, here)

      const { event, origin, stored } = await local
      t.equal(origin, 'local')
      const { version, ownVersion } = await stored as { version: number, ownVersion: number }
      for (const carried of declared.carries?.(event) ?? []) {
        if ('conversationId' in carried) t.ok(version >= carried.version, 'its version is stored')
        else if ('userId' in carried) t.ok(ownVersion >= carried.version, 'the person\'s own version is stored')
      }
      t.match(await remote, { event, origin: 'remote' }, 'it is passed on')

      const isMembership = (declared.joins ?? declared.leaves) !== undefined
      const isVersioned = isMembership || declared.carries?.(event).some(carried => !('sessionId' in carried))
      if (isVersioned) {
        const { changed, left } = (await ada.post('/sync', before)).body
        t.ok(changed.length + left.length > 0, 'it is in /sync')
      }
      const wire = wireOf(name)
      if (wire) {
        t.ok(documented.has(wire.name), 'it is documented')
        const copies = wire.copies?.(event).map(({ payload }) => payload) ?? [event]
        const fits = (payload: unknown) => copies.some(copy => isDeepStrictEqual(copy, payload))
        const heard = await Promise.any(ears.map(ear => ear.next(wire.name, fits)))
        t.ok('version' in heard || 'ownVersion' in heard, 'a client can tell what it has missed')
      }
      await settle(scene)
      for (const ear of ears) expected.set(ear, ear.all('sync:required').length)
    })
  }

  await t.test('none of them needed a repair', async t => {
    // Once one that is lost is made good, all before it have been looked at.
    const scene = await openScene(here, there)
    const [ear] = scene.ears as [Listener]
    const heard = ear.all('sync:required').length
    await here.sql('UPDATE conversations SET version = version + 1 WHERE id = $1', [scene.direct])
    await until(() => ear.all('sync:required').length > heard, 20_000)
    for (const [ear, count] of expected) t.equal(ear.all('sync:required').length, count)
  })

  await t.test('what is no event, or another release\'s, is dropped and logged', async t => {
    const scene = await openScene(here, there)
    const [, ear] = scene.ears as [Listener, Listener]
    const before = ear.heard.length
    const forged = { conversationId: scene.direct, version: 'many', message: { text: 'forged' } }
    const drops = () => there.log().split('an event of another node was dropped').length - 1
    const nonsense = [
      ['message.sent', forged], ['message.sent'], ['message.sparkled', { conversationId: scene.direct, version: 9 }],
      ['constructor', {}], [], 'message.sent', null, { name: 'message.sent' },
    ]
    for (const event of nonsense) here.app.nodes!.publish(event)
    await until(() => drops() === nonsense.length)
    await scene.ada.say(scene.direct, 'real')
    await ear.next('message:new', ({ message }) => message.text === 'real')
    t.same(ear.heard.slice(before).map(({ name }) => name), ['message:new'])
  })
})
