import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'
import t from 'tap'
import type { Message } from '../../src/modules/messages/schemas.ts'
import { call, createDataDir, until } from '../support/server.ts'
import type { Account } from '../support/reference-client.ts'
import { createDataFolder, isUp, spawnServer } from '../support/server-process.ts'
import { isFull, startCluster } from '../support/faults/cluster.ts'
import { ask, checkSound, checkStored, createGroup, listen, signUp } from '../support/faults/load.ts'

const frozenFor = isFull ? 60_000 : 6_000

const cluster = await startCluster(t, join(await createDataFolder(t), 'postgres'))
const server = spawnServer(t, { DATABASE_URL: cluster.url, DATA_DIR: await createDataDir(t) })
const url = await server.ready()

const people = await Promise.all(['ada', 'bob', 'cat'].map(name => signUp(url, name)))
const groupId = await createGroup(people)
const acknowledged: Message[] = []

const sockets = await Promise.all(people.map(async person => (await listen(t, person)).socket))
const dan = { email: 'dan@example.com', name: 'Dan' }
const { body: { idToken } } = await call(`${url}/dev/google/token`, 'POST', { json: dan })
const messagesPath = `/conversations/${groupId}/messages`
const { body: { message: first } } = await ask(people[0]!, 'POST', messagesPath, { text: 'first' })

interface Answer { what: string, status: number, ms: number }

async function measure (what: string, asked: Promise<number>, into: Answer[]): Promise<void> {
  const began = Date.now()
  into.push({ what, status: await asked, ms: Date.now() - began })
}

let texts = 0
const newMessage = () => ({ text: `text ${texts++}` })

/** Of each kind of call one, as one person, and on a socket several at once. */
function askEverything (person: Account, socket: Socket): Array<[string, Promise<number>]> {
  const http = (method: string, path: string, json?: unknown): [string, Promise<number>] =>
    [`${method} ${path}`, ask(person, method, path, json).then(({ status, body }) => {
      if (status === 201 && body.message) acknowledged.push(body.message)
      return status
    })]
  const event = (name: string, payload: object): [string, Promise<number>] =>
    [name, socket.timeout(20_000).emitWithAck(name, payload).then(reply => {
      if (reply.message) acknowledged.push(reply.message)
      return reply.ok ? 200 : reply.error.statusCode
    })]
  return [
    http('GET', '/auth/me'),
    http('GET', '/users'),
    http('GET', '/conversations'),
    http('GET', `/conversations/${groupId}`),
    http('POST', `/conversations/${groupId}/messages`, newMessage()),
    http('PATCH', `/conversations/${groupId}`, { isMuted: true }),
    http('POST', `/groups/${groupId}/join`),
    http('POST', '/sync', { conversations: {} }),
    http('POST', '/auth/google', { idToken }),
    ['connecting', listen(t, person).then(({ socket }) => {
      socket.disconnect()
      return 200
    }, error => error.data?.statusCode ?? 0)],
    event('message:send', { conversationId: groupId, ...newMessage() }),
    event('conversation:join', { conversationId: groupId }),
    event('message:send', { conversationId: groupId, ...newMessage() }),
    event('message:read', { messageId: first.id }),
    event('typing:start', { conversationId: groupId }),
    event('join', { userId: person.userId }),
  ]
}

t.test(`while PostgreSQL is frozen, for ${frozenFor / 1_000} s`, async t => {
  const answers: Answer[] = []
  const asked: Array<Promise<void>> = []
  const health: Answer[] = []
  const readiness: Answer[] = []
  const look = (path: string) => call(`${url}${path}`, 'GET').then(({ status }) => status)

  const began = Date.now()
  const since = () => Date.now() - began
  cluster.freeze()
  t.teardown(cluster.thaw)
  const notReady = until(async () => !await isUp(url), 5_000).then(since)
  for (let i = 0; since() < frozenFor; i++) {
    asked.push(measure('health', look('/health'), health))
    if (i % 5 === 0) asked.push(measure('ready', look('/health/ready'), readiness))
    if (i % 10 === 0) {
      for (const [what, answer] of askEverything(people[i % 3]!, sockets[i % 3]!)) {
        asked.push(measure(what, answer, answers))
      }
    }
    await sleep(100)
  }
  cluster.thaw()
  const thawed = Date.now()
  await until(() => isUp(url), 10_000)
  t.comment(`not ready after ${await notReady} ms, ready again ${Date.now() - thawed} ms after the end`)
  await Promise.all(asked)
  for (const [what, answer] of askEverything(people[0]!, sockets[0]!)) t.match(await answer, /^20[01]$/, what)
  t.comment(`everything works ${Date.now() - thawed} ms after the end`)
  t.ok(Date.now() - thawed < 10_000)

  const slowest = (of: Answer[]) => of.reduce((a, b) => a.ms > b.ms ? a : b)

  t.test('every call and event is answered within 5 s, if not well then with a 503', async t => {
    const refused = answers.filter(({ status }) => status === 503).length
    t.comment(`${answers.length} answers, ${refused} of them 503, the slowest ${JSON.stringify(slowest(answers))}`)
    t.same(answers.filter(({ ms }) => ms > 5_000), [])
    t.same(answers.filter(({ status }) => ![200, 201, 503].includes(status)), [])
    t.ok(refused > answers.length / 2)
  })

  t.test('the process is alive, and idle', async t => {
    t.comment(`${health.length} answers, the slowest ${JSON.stringify(slowest(health))}`)
    t.same(health.filter(({ status, ms }) => status !== 200 || ms > 2_000), [])
  })

  t.test('it says soon that it is not ready', async t => {
    t.comment(`${readiness.length} answers, the slowest ${JSON.stringify(slowest(readiness))}`)
    t.same(readiness.filter(({ ms }) => ms > 3_000), [])
  })
})

t.test('what was acknowledged is stored', t => checkStored(t, cluster, acknowledged))

t.test('the server has stayed the same process, and is well', t => checkSound(t, server))
