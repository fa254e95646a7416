import { randomUUID } from 'node:crypto'
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import t from 'tap'
import { addFormats } from '../../src/lib/formats.ts'
import { inlined } from '../support/description.ts'
import { call, startServer, type Answer, type Person } from '../support/server.ts'
import { png, sessionOf } from '../support/security/world.ts'

interface Media { schema: AnySchema & { properties?: object }, example?: any }
interface Parameter { name: string, in: 'path' | 'query', example?: unknown }
interface Operation {
  operationId: string
  security?: unknown[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content: Record<string, Media>, headers?: object }>
}

const server = await startServer(t)
const document = inlined((await call(`${server.url}/docs/openapi.json`, 'GET')).body)
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }))

/** What an operation is about: people with the name that is searched for, and two of everything that lists show. */
async function createScene () {
  const signIn = (email = `${randomUUID()}@example.com`) => server.signIn('Ada Lovelace', email)
  const email = `${randomUUID()}@example.com`
  const [ada, phone, bob, cat] = [await signIn(email), await signIn(email), await signIn(), await signIn()]
  const found = async (founder: Person) =>
    (await founder.post('/groups', { name: `Readers of Ada ${randomUUID()}` })).body.group.id as string
  const groupId = await found(ada)
  await bob.post(`/groups/${groupId}/join`)
  await found(bob)
  await found(bob)
  const { id: conversationId } = await ada.talkTo(bob)
  await ada.say(conversationId, 'first')
  const { id: messageId } = await ada.say(conversationId, 'second')
  for (const person of [ada, bob]) await person.put(`/messages/${messageId}/reactions/👍`)
  const account = { email, name: 'Ada Lovelace' }
  const { body: { idToken } } = await call(`${server.url}/dev/google/token`, 'POST', { json: account })
  const ids: Record<string, string> = {
    conversations: conversationId, messages: messageId, groups: groupId, users: bob.id, sessions: sessionOf(phone),
  }
  return { ada, ids, real: { userId: cat.id, idToken } as Record<string, string>, conversationId }
}
type Scene = Awaited<ReturnType<typeof createScene>>

/** An example body, with what is really there. */
function fillIn (example: object | undefined, { real, conversationId }: Scene): object | undefined {
  return example && Object.fromEntries(Object.entries(example).map(([name, value]) =>
    [name, name === 'conversations' ? { [conversationId]: Object.values(value)[0] } : real[name] ?? value]))
}

interface Request { path: string, method: string, operation: Operation }

/** The address of an example request, with ids that are there. */
function addressOf ({
  path, operation: { parameters = [] },
}: Request, { ids }: Scene, query: Record<string, string>): string {
  const example = parameters.filter(parameter => parameter.in === 'query' && parameter.example !== undefined)
    .map(({ name, example }) => [name, String(example)])
  const others = Object.fromEntries(parameters.map(({ name, example }) => [name, encodeURIComponent(String(example))]))
  const address = path.replace('{id}', ids[path.split('/').at(path.split('/').indexOf('{id}') - 1)!]!)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => others[name]!)
  return `${server.url}${address}?${new URLSearchParams({ ...Object.fromEntries(example), ...query }).toString()}`
}

function send (
  request: Request, scene: Scene, query: Record<string, string> = {}, token: string | undefined = scene.ada.token
): Promise<Answer> {
  const { 'application/json': json, 'multipart/form-data': form } = request.operation.requestBody?.content ?? {}
  const body = new FormData()
  for (const field of Object.keys(form?.schema.properties ?? {})) {
    body.append(field, new Blob([png], { type: 'image/png' }), 'image.png')
  }
  return call(addressOf(request, scene, query), request.method, {
    token, json: fillIn(json?.example, scene), ...form && { body },
  })
}

/** What is wrong with an answer, in the description's terms. */
function faultOf ({ status, body, headers: sent }: Answer, { responses }: Operation): string | undefined {
  const { content, headers = {} } = responses[status] ?? {}
  const { schema } = content?.['application/json'] ?? {}
  if (schema === undefined) return `${status} is not described: ${JSON.stringify(body)}`
  for (const name of Object.keys(headers)) if (!sent.has(name)) return `${status} has no ${name}`
  return ajv.validate(schema, body) ? undefined : `${status}: ${ajv.errorsText()}: ${JSON.stringify(body)}`
}

const requests = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })))
const successesOf = ({ responses }: Operation) => Object.keys(responses).filter(status => status.startsWith('2'))
const has = ({ parameters = [] }: Operation, name: string) => parameters.some(parameter => parameter.name === name)

/** Of these every example would find nothing: what is named so has been drawn, but for conversations. */
const hasExample = (path: string, name: string) =>
  name === 'id' ? /\/(conversations|groups)\//.test(path) : !['search', 'cursor'].includes(name)

t.test('every parameter has an example that its own schema accepts, unless it would find nothing', async t => {
  for (const { path, operation: { operationId, parameters = [] } } of requests) {
    for (const { name, example, schema } of parameters as Array<Parameter & { schema: AnySchema }>) {
      const label = `${operationId}: ${name}`
      if (hasExample(path, name)) t.ok(example !== undefined && ajv.validate(schema, example), label)
      else t.equal(example, undefined, label)
    }
  }
})

t.test('every example request is one that can be sent, and its answer is as described', async t => {
  for (const request of requests) {
    const { operation } = request
    await t.test(operation.operationId, async t => {
      const scene = await createScene()
      const successes = successesOf(operation)
      const statuses = new Set<string>()
      // What makes something the first time finds it the second.
      for (let i = 0; i < successes.length; i++) {
        const answer = await send(request, scene)
        t.equal(faultOf(answer, operation), undefined)
        statuses.add(String(answer.status))
      }
      t.same([...statuses].sort(), successes)
    })
  }
})

t.test('what is paged goes on where its cursor says', async t => {
  const paged = requests.filter(({ operation }) => has(operation, 'cursor'))
  t.ok(paged.length >= 6)
  for (const request of paged) {
    const scene = await createScene()
    const { body: { nextCursor } } = await send(request, scene, { limit: '1' })
    t.type(nextCursor, 'string', request.operation.operationId)
    const next = await send(request, scene, { cursor: nextCursor })
    t.equal(next.status, 200, request.operation.operationId)
    t.equal(faultOf(next, request.operation), undefined)
  }
})

t.test('refusals are as described too', async t => {
  const scene = await createScene()
  for (const request of requests) {
    const { operation, path } = request
    if (operation.security === undefined) {
      const answer = await send(request, scene, {}, 'nonsense')
      t.equal(answer.status, 401, operation.operationId)
      t.equal(faultOf(answer, operation), undefined)
    }
    if (path.includes('{id}')) {
      for (const [id, status] of [['nonsense', 400], [randomUUID(), 404]] as const) {
        const answer = await send({ ...request, path: path.replace('{id}', id) }, scene)
        t.equal(answer.status, status, operation.operationId)
        t.equal(faultOf(answer, operation), undefined)
      }
    }
  }
})
