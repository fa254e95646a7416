import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startServer, type Person } from '../support/server.ts'
import {
  askOverHttp, asks, gapBetween, knock, statuses, statusOfHead, type Answer,
} from '../support/security/asking.ts'
import { cellsFor, missingFrom, type Cell } from '../support/security/cells.ts'
import {
  describedOperations, events as servedEvents, idsOf, servedRoutes, type Operation,
} from '../support/security/inventory.ts'
import { events, exempt, operations } from '../support/security/matrix.ts'
import { createWorld } from '../support/security/world.ts'

const server = await startServer(t)
const described = await describedOperations(server)
const world = await createWorld(server)
const ask = asks(server, world.ears)
const unauthenticated = JSON.stringify({
  statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: 'Sign in first.',
})

const signedOut = await server.signIn()
await signedOut.post('/auth/logout')

const isExempt = (route: string) =>
  Object.keys(exempt).some(beginning => route === beginning || route.startsWith(`${beginning}/`))
const concerned = described.filter(({ name }) => !isExempt(name))

/** Routes that are neither in the matrix nor exempt. Fastify adds a HEAD to every GET. */
const unlisted = (routes: string[], matrix: object) =>
  routes.filter(route => !isExempt(route.replace('HEAD ', 'GET ')) && !(route.replace('HEAD ', 'GET ') in matrix))

t.test('the matrix knows every operation, every event, and every id that they take', async t => {
  t.ok(concerned.length >= 25)
  t.same(unlisted(servedRoutes(server), operations), [])
  t.same(missingFrom(operations, concerned, idsOf), [])
  t.same(missingFrom(events, servedEvents, idsOf), [])

  await t.test('and nothing else', async t => {
    const names = [...concerned, ...servedEvents].map(({ name }) => name)
    t.same(Object.keys({ ...operations, ...events }).filter(name => !names.includes(name)), [])
    for (const beginning of Object.keys(exempt)) {
      t.ok(servedRoutes(server).some(route => route.startsWith(beginning)), beginning)
    }
  })

  await t.test('or it would be noticed', async t => {
    const { 'GET /api/v1/groups': groups, ...others } = operations
    t.same(missingFrom(others, concerned, idsOf), ['GET /api/v1/groups'])
    t.same(missingFrom({ ...others, 'GET /api/v1/groups': [{}] }, concerned, idsOf), ['GET /api/v1/groups: cursor'])
    t.same(unlisted(servedRoutes(server), others), ['GET /api/v1/groups', 'HEAD /api/v1/groups'])
    t.same(unlisted(['GET /hidden'], operations), ['GET /hidden'])
    t.same(
      missingFrom({ ...events, 'message:send': [{ ids: { conversationId: {}, imageUrl: {} } }] }, servedEvents, idsOf),
      ['message:send: clientMessageId']
    )
  })
})

/** What there is to compare of the answer to an id that does not exist, had it been about the other. */
function askedAbout ({ text, headers, status }: Answer, unknown: string, value: string) {
  return { status, headers, text: text.replaceAll(unknown, value) }
}

/** Nothing in an answer that this person must not know, unless they said it themselves. */
function leaksIn (text: string, { hand, values }: Cell): string[] {
  const said = JSON.stringify(values)
  return world.secretsFor(hand.who).filter(secret => text.includes(secret) && !said.includes(secret))
}

const changesNothing = ({ outcome }: Cell) => outcome.code !== 'OK' || outcome.inVain === true

const comparable: Cell[] = []

for (const operation of [...concerned, ...servedEvents]) {
  const entries = (operation.isEvent ? events : operations)[operation.name] ?? []

  t.test(`${operation.name} gives everyone what is theirs`, async t => {
    const cells = await cellsFor(world, operation, entries)
    t.ok(cells.length > 0)
    const hidden = cells.filter(({ outcome, hand }) => outcome.likeUnknown && hand.role === 'stranger')
    comparable.push(
      ...Array.from(
        Map.groupBy(hidden, ({ entry, parameter }) => `${entries.indexOf(entry)} ${parameter}`).values(),
        ([first]) => first!
      )
    )

    await t.test('and changes nothing, and tells nobody, where it is refused', async t => {
      const refused = cells.filter(changesNothing)
      const [rows, heard] = [await world.rows(), await world.heard()]
      for (const cell of refused) await checkRefusal(t, operation, cell)
      if (!operation.isEvent) {
        for (const cell of cells.filter(({ entry, hand }) => !entry.open && hand.role === 'stranger')) {
          await checkNobody(t, operation, cell)
        }
      }
      t.same((await world.heard()).slice(heard.length), [])
      t.same(await world.rows(), rows)
    })

    await t.test('and no more than that, where it is allowed', async t => {
      for (const cell of cells.filter(cell => !changesNothing(cell))) {
        const who = cell.entry.byNewcomer ? await server.signIn() : cell.hand.who
        const { code, status, text } = await ask(operation, cell.values, who)
        t.same([code, leaksIn(text, cell)], ['OK', []], `${cell.name}: ${status} ${text.slice(0, 100)}`)
      }
    })
  })
}

async function checkRefusal (t: Test, operation: Operation, cell: Cell): Promise<void> {
  const { hand: { who, value, unknown }, outcome, values, unknownValues, name } = cell
  const answer = await ask(operation, values, who)
  t.same([
    answer.code, answer.status, leaksIn(answer.text, cell),
  ], [outcome.code, statuses[outcome.code] ?? 200, []], name)
  if (outcome.likeUnknown) {
    t.same(
      askedAbout(answer, value, value),
      askedAbout(await ask(operation, unknownValues, who), unknown, value),
      `${name}, as if it did not exist`
    )
  }
  if (operation.name.startsWith('GET ')) {
    t.equal(await statusOfHead(server, operation, values, who.token), answer.status, `${name}, HEAD`)
  }
}

/** Without a token, and with one that has ended. */
async function checkNobody (t: Test, operation: Operation, { values, name }: Cell): Promise<void> {
  for (const token of [undefined, signedOut.token]) {
    const { status, text } = await askOverHttp(server, operation, values, token)
    t.same([status, text], [401, unauthenticated], `${name}, ${token ? 'signed out' : 'nobody'}`)
  }
}

t.test('no event is of any use without a token', async t => {
  const cells = (await Promise.all(
    servedEvents.map(operation => cellsFor(world, operation, events[operation.name]!))
  )).flat()
  const [rows, heard] = [await world.rows(), await world.heard()]
  for (const { operation, values, name } of cells) {
    t.notMatch(await knock(server, operation, values), '43', `${operation.name}, ${name}`)
  }
  t.same((await world.heard()).slice(heard.length), [])
  t.same(await world.rows(), rows)
})

t.test('whether something is not there or not theirs takes equally long to say', async t => {
  const limit = 5
  for (const { operation, hand: { who }, values, unknownValues, name } of comparable) {
    const gap = await gapBetween(() => ask(operation, values, who), () => ask(operation, unknownValues, who), limit)
    t.ok(gap <= limit, `${operation.name}, ${name}: ${gap.toFixed(1)} ms`)
  }

  await t.test('or it would be noticed', async t => {
    t.ok(await gapBetween(() => sleep(5), () => sleep(1), 2) > 2)
  })
})

t.test('who has left hears nothing of what comes later, and nobody anything that is not theirs', async t => {
  const [ada, bob] = world.group.members as [Person, Person]
  const { id } = world.group
  await world.fay.post(`/groups/${id}/join`)
  await ada.say(id, 'while Fay is there')
  await world.ears.get(world.fay)!.next('message:new', ({ message }) => message.text === 'while Fay is there')
  await world.fay.post(`/groups/${id}/leave`)
  await ada.say(id, 'after Fay has left')
  await world.ears.get(bob)!.next('message:new', ({ message }) => message.text === 'after Fay has left')
  await world.heard()
  for (const [person, ear] of world.ears) {
    const heard = JSON.stringify(ear.heard)
    t.same(world.secretsFor(person).filter(secret => heard.includes(secret)), [], person.user.name)
  }
  t.notMatch(JSON.stringify(world.ears.get(world.fay)!.heard), 'after Fay has left')
})
