import t from 'tap'
import type { Schema } from '../../src/lib/components.ts'
import { inlined } from '../support/description.ts'
import { call, startServer } from '../support/server.ts'

type Shapes = Record<string, Schema>
interface Document { components: { schemas: Shapes } }
interface Found { path: string, schema: Schema }

const server = await startServer(t)
const { body: openapi } = await call<Document>(`${server.url}/docs/openapi.json`, 'GET')
const { body: asyncapi } = await call<Document>(`${server.url}/docs/asyncapi.json`, 'GET')

/** All schemas of objects that stand in a description, with the path to each. Examples are none. */
function objectsIn (part: unknown, path = ''): Found[] {
  if (typeof part !== 'object' || part === null) return []
  const inside = Object.entries(part).filter(([key]) => !['example', 'examples'].includes(key))
    .flatMap(([key, value]) => objectsIn(value, `${path}/${key}`))
  return 'properties' in part ? [{ path, schema: part as Schema }, ...inside] : inside
}

const isComponent = ({ path }: Found) => /^\/components\/schemas\/\w+$/.test(path)
const fieldsOf = ({ properties }: Schema) => Object.keys(properties ?? {}).sort().join()

/** Objects without a name that have an id, or the fields of what has a name. */
function namelessIn (document: Document): string[] {
  const named = new Set(Object.values(document.components.schemas).filter(schema => schema.properties).map(fieldsOf))
  return objectsIn(document)
    .filter(found => !isComponent(found) && ('id' in found.schema.properties! || named.has(fieldsOf(found.schema))))
    .map(({ path }) => path)
}

t.test('whatever has an id has a name, and what has a name stands nowhere else', async t => {
  t.same(namelessIn(openapi), [])
  t.same(namelessIn(asyncapi), [])
})

t.test('or this would say so', async t => {
  const { Conversation } = openapi.components.schemas
  const { lastMessage } = inlined({ ...openapi, lastMessage: Conversation!.properties!.lastMessage })
  t.same(namelessIn({ ...openapi, lastMessage } as Document), [
    '/lastMessage/anyOf/0', '/lastMessage/anyOf/0/properties/reactions/items',
  ])
  t.same(namelessIn({ components: { schemas: { Tray: { properties: { cup: { properties: { id: {} } } } } } } }), [
    '/components/schemas/Tray/properties/cup',
  ])
})

t.test('people, conversations, messages and errors are called so', async t => {
  const names = Object.keys(openapi.components.schemas)
  for (const name of ['User', 'Me', 'Message', 'Conversation', 'Group', 'Session', 'Error', 'NewMessage', 'Profile']) {
    t.ok(names.includes(name), name)
  }
  t.same(names.filter(name => !/^([A-Z][a-z]+)+$/.test(name)), [])
})

t.test('every name is used, and means the same in both descriptions', async t => {
  for (const document of [openapi, asyncapi]) {
    const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)
    t.same([...new Set([...refs].map(([, name]) => name))].sort(), Object.keys(document.components.schemas).sort())
  }
  const common = Object.keys(openapi.components.schemas).filter(name => name in asyncapi.components.schemas)
  t.same(common.sort(), ['Error', 'Message', 'ReactionSummary', 'User'])
  for (const name of common) t.same(openapi.components.schemas[name], asyncapi.components.schemas[name], name)
})
