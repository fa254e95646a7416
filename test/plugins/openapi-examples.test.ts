import { STATUS_CODES } from 'node:http'
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import t from 'tap'
import { addFormats } from '../../src/lib/formats.ts'
import { inlined } from '../support/description.ts'
import { call, startServer } from '../support/server.ts'

interface Media {
  schema: AnySchema & { properties?: object }, example?: unknown, examples?: Record<string, { value: unknown }>,
}
interface Content { content?: Record<string, Media> }
interface Operation {
  operationId?: string,
  summary?: string,
  tags?: string[],
  security?: unknown[],
  parameters?: Array<{ name: string, in: string }>
  requestBody?: Content,
  responses: Record<string, Content & { description: string }>
}

const server = await startServer(t)
const document = inlined((await call(`${server.url}/docs/openapi.json`, 'GET')).body)
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })))

// `example` of a part, from OpenAPI 3.0, and formats of files are no concern of a validator.
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }))
ajv.addFormat('binary', true)

const examplesOf = (media: Media) => [
  ...media.example === undefined ? [] : [media.example],
  ...Object.values(media.examples ?? {}).map(({ value }) => value),
]

/** What is wrong with a body's examples, in words. */
function faultsOf (media: Media): string[] {
  const validate = ajv.compile(media.schema)
  const examples = examplesOf(media)
  if (examples.length === 0) return ['no example']
  return examples.flatMap(
    example => validate(example) ? [] : [`${ajv.errorsText(validate.errors)}: ${JSON.stringify(example)}`]
  )
}

const json = (part: Content | undefined) => part?.content?.['application/json']

t.test('every operation is named, summed up and filed under a tag that is explained', async t => {
  const tags = document.tags.map((tag: { name: string }) => tag.name)
  for (const { name, operation } of operations) {
    t.match(operation, { operationId: /^[a-z][A-Za-z]+$/, summary: /^[A-Z]/ }, name)
    t.equal(operation.tags?.length, 1, `${name} has one tag`)
    t.ok(tags.includes(operation.tags?.[0]), `${name}: its tag is explained`)
  }
})

t.test('no two operations share an id', async t => {
  const ids = operations.map(({ operation }) => operation.operationId)
  t.same(ids.filter((id, i) => ids.indexOf(id) !== i), [])
})

t.test('every request body has an example that its own schema accepts', async t => {
  for (const { name, operation } of operations) {
    const media = json(operation.requestBody)
    if (media) t.same(faultsOf(media), [], name)
  }
})

t.test('every answer has an example that its own schema accepts', async t => {
  for (const { name, operation } of operations) {
    const successes = Object.keys(operation.responses).filter(status => status.startsWith('2'))
    t.ok(successes.length > 0, `${name} says how it succeeds`)
    const withContent = Object.entries(operation.responses).filter(([status]) => status !== '304')
    for (const [status, response] of withContent) t.same(faultsOf(json(response)!), [], `${name} ${status}`)
  }
})

t.test('every operation tells of its errors, each with its own status and a code', async t => {
  for (const { name, operation } of operations.filter(({ operation }) => operation.tags?.[0] !== 'health')) {
    const { responses } = operation
    t.ok(responses.default, `${name} says what any other error looks like`)
    if (operation.requestBody || operation.parameters) t.ok(responses[400], `${name} can be asked wrongly`)
    if (operation.security === undefined) t.ok(responses[401], `${name} needs a token`)
    for (const [status, response] of Object.entries(responses).filter(([status]) => /^[45]\d\d$/.test(status))) {
      const examples = Object.entries(json(response)!.examples!)
      t.ok(examples.length > 0, `${name} ${status} has a code`)
      for (const [code, { value }] of examples as Array<[string, { value: unknown }]>) {
        t.match(code, /^[A-Z_]+$/, `${name} ${status}`)
        t.match(value, { statusCode: Number(status), code, error: STATUS_CODES[status] }, `${name} ${status}`)
      }
    }
  }
})

t.test('uploads show which field takes the file', async t => {
  const fileField = (path: string) =>
    document.paths[path].post.requestBody.content['multipart/form-data'].schema.properties
  t.match(fileField('/api/v1/upload/image'), { image: { type: 'string', format: 'binary' } })
  t.match(fileField('/api/v1/users/me/avatar'), { avatar: { type: 'string', format: 'binary' } })
})

t.test('the example of sending a message is one that can be sent', async t => {
  const [ada, bob] = [await server.signIn(), await server.signIn()]
  const { id } = await ada.talkTo(bob)
  const { example } = document.paths['/api/v1/conversations/{id}/messages'].post.requestBody.content['application/json']
  const { status, body } = await ada.post(`/conversations/${id}/messages`, example)
  t.equal(status, 201)
  t.match(body.message, example)
})

/** What nothing that every server has could be an example for, and why. */
const impossible: Record<string, string> = {
  signIn: 'an ID token is valid for an hour',
  getUser: 'ids of people are drawn',
  openDirectConversation: 'ids of people are drawn',
  endSession: 'ids of sessions are drawn',
  readMessage: 'ids of messages are drawn',
  deleteMessage: 'ids of messages are drawn',
  listReactions: 'ids of messages are drawn',
  addReaction: 'ids of messages are drawn',
  removeReaction: 'ids of messages are drawn',
  uploadImage: 'a file is chosen by whoever tries it',
  uploadAvatar: 'a file is chosen by whoever tries it',
}

/** What each list shows of one group that is joined, with one message, by one of two people. */
const shown: Record<string, object> = {
  listUsers: { users: [{ name: 'Bob' }] },
  listSessions: { sessions: [{ isCurrent: true }] },
  listConversations: { conversations: [{ type: 'group', lastMessage: { text: 'Hello' } }] },
  listGroups: { joined: [{ memberCount: 1 }], discover: [{}, {}, {}, {}] },
  getGroup: { members: [{ name: 'Ada Lovelace' }] },
  openConversation: { messages: [{ text: 'Hello' }] },
  listMessages: { messages: [{ text: 'Hello' }] },
}

t.test('every example can be tried as it stands on a server that is new', async t => {
  const server = await startServer(t)
  await server.signIn('Bob')
  let token: string | undefined

  async function attempt (operationId: string): Promise<void> {
    const { name, operation } = operations.find(({ operation }) => operation.operationId === operationId)!
    const [method, path] = name.split(' ') as [string, string]
    const parameters = (operation.parameters ?? []) as Array<{ name: string, in: string, example?: unknown }>
    const query = parameters.filter(({ in: place, example }) => place === 'query' && example !== undefined)
    const address = parameters.reduce((path, { name, example }) => path.replace(`{${name}}`, String(example)), path)
    const search = new URLSearchParams(Object.fromEntries(query.map(({ name, example }) => [name, String(example)])))
    const { status, body } = await call(`${server.url}${address}?${search.toString()}`, method, {
      token, json: json(operation.requestBody)?.example,
    })
    t.match(status, /^20[01]$/, operationId)
    t.match(body, shown[operationId] ?? {}, operationId)
    if (operationId === 'createIdToken') {
      token = (await call(`${server.url}/api/v1/auth/google`, 'POST', { json: body })).body.token
    }
  }

  const first = ['createIdToken', 'joinGroup', 'sendMessage']
  const last = ['updateMe', 'createGroup', 'leaveGroup', 'signOut']
  const others = operations.map(({ operation }) => operation.operationId!)
    .filter(id => ![...first, ...last, ...Object.keys(impossible)].includes(id))
  t.ok(Object.keys(shown).every(id => others.includes(id)))
  for (const operationId of [...first, ...others, ...last]) await attempt(operationId)
})
