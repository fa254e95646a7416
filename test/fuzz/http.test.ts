/**
 * Every call, with what its own schemas allow and what they do not. FUZZ=full tries 500 requests of
 * each, FUZZ_SEED repeats those of an earlier run (the seed is printed), FUZZ_ONLY=sendMessage tries one call alone.
 */
import fc from 'fast-check'
import t from 'tap'
import { checkSound } from '../support/faults/load.ts'
import { isUp } from '../support/server-process.ts'
import { jsonOf, replyFaults } from '../support/fuzz/answers.ts'
import { createCaller } from '../support/fuzz/caller.ts'
import { readEverything } from '../support/fuzz/readers.ts'
import type { Operation } from '../support/fuzz/addresses.ts'
import { operationsOf, requestsFor, type Request } from '../support/fuzz/requests.ts'
import { inLanes, isFull, isWanted, seed, tellSeed } from '../support/fuzz/settings.ts'
import { createWorld } from '../support/fuzz/world.ts'

const runs = Number(process.env.FUZZ_RUNS ?? (isFull ? 500 : 8))

const world = await createWorld(t)
const caller = createCaller(world.url)
t.teardown(() => caller.close())
tellSeed(t)

const operations = operationsOf(world.document).filter(({ name }) => isWanted(name))
const total = { requests: 0, answers: new Map<number, number>() }
/** Operations that did what they were asked. */
const reached = new Set<string>()

/** After these, their caller is nobody, or may be. */
const endsSessions = ({ method, path }: Operation) =>
  /\/auth\/logout$/.test(path) || (method === 'DELETE' && path.includes('/auth/sessions'))

const upwards = [
  '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e%252f', '../', '..;/', '%c0%ae%c0%ae/', '....//', '.%00./', '%2f',
]
const ways = upwards.flatMap(up =>
  [`${up.repeat(6)}etc/passwd`, `${up}package.json`, `${up.repeat(3)}package.json%00.webp`])

/** A request in one line, to be sent again. Of a long body the beginning: the seed makes all of it. */
const tell = ({ body, ...request }: Request) =>
  JSON.stringify({ ...request, ...body && { body: body.toString('latin1', 0, 10_000) } })

async function faultsOf (operation: Operation, request: Request): Promise<string[]> {
  const token = endsSessions(operation) ? await world.leave(operation.name) : world.people[request.person]!.token
  const reply = await caller.send(request, token).catch((error: Error) => error)
  if (reply instanceof Error) return [`no answer: ${reply.message}`]
  total.requests++
  total.answers.set(reply.status, (total.answers.get(reply.status) ?? 0) + 1)
  if (reply.status < 300) reached.add(operation.name)
  const faults = replyFaults(operation.description.responses, reply)
  if (request.isValid === false && reply.status < 400) faults.push('what is not valid was accepted')
  const needsToken = !endsSessions(operation) && operation.name !== 'signIn'
  if (request.isValid && needsToken && jsonOf(reply)?.code === 'UNAUTHENTICATED') faults.push('a token was refused')
  return faults.map(fault => `${fault}: ${reply.status} ${reply.text.slice(0, 500)}`)
}

for (const [index, operation] of operations.entries()) {
  t.test(`${operation.method} ${operation.path} answers well whatever it is asked`, async t => {
    const requests = fc.sample(requestsFor(operation, world.wordsOf(operation.path)), {
      seed: seed + index, numRuns: runs,
    })
    const faults = await inLanes(
      requests,
      6,
      async request => (await faultsOf(operation, request)).map(fault => ({ fault, request: tell(request) }))
    )
    t.same(faults.flat().slice(0, 5), [])
  })
}

t.test('each call was asked well, too', { skip: !isFull }, async t => {
  t.same(operations.map(({ name }) => name).filter(name => !reached.has(name)), [])
})

t.test('no way leads to a file that is not given out', async t => {
  const { path, ...request }: Request = {
    method: 'GET', path: '', headers: [], body: undefined, authorization: [], person: 0, isBare: true, isValid: false,
  }
  const folders = ['/', '/images/', '/docs/', '/docs/static/', '/api/v1/']
  const paths = folders.flatMap(folder => ways.map(way => folder + way))
  const faults = await inLanes(paths, 6, async path => {
    const reply = await caller.send({ ...request, path }, '')
    return (reply.status < 400 ? ['given out'] : replyFaults({}, reply)).map(fault => `${path}: ${fault}`)
  })
  t.same(faults.flat(), [])
})

t.test('what they left behind can be read by everyone', async t => {
  await world.gather()
  const { faults, read } = await readEverything(world)
  const answers = JSON.stringify(Object.fromEntries([...total.answers].sort(([a], [b]) => a - b)))
  t.comment(`${total.requests} requests, answered ${answers}; read afterwards: ${JSON.stringify(read)}`)
  t.same(faults.slice(0, 5), [])
  t.ok(await isUp(world.url))
})

t.test('the server has stayed the same process, and is well', t => checkSound(t, world.server))
