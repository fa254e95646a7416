/**
 * Writes client/src/types.ts from the server's own descriptions: the OpenAPI document for calls, the
 * schemas of events for the socket. With --check it writes nothing and fails where the file differs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { buildApp, type LogStream } from '../src/app.ts'
import { readConfig, type Config } from '../src/config.ts'
import { clientEvents, serverEvents } from '../src/modules/realtime/schemas.ts'

interface Schema {
  description?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  [key: string]: unknown
}
interface Operation {
  operationId: string
  parameters?: Array<{ name: string, required?: boolean, schema: Schema, description?: string }>
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content: Record<string, { schema: Schema }> }>
}

/** The server is only asked what it would answer: it neither listens nor needs a database. */
async function describe () {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgresql://127.0.0.1:1/none',
    MIGRATE_ON_START: 'false',
    JWT_SECRET: 'x'.repeat(32),
    GOOGLE_CLIENT_ID: 'none',
    CLOUDINARY_CLOUD_NAME: 'none',
    CLOUDINARY_API_KEY: 'none',
    CLOUDINARY_API_SECRET: 'none',
  })
  const app = await buildApp(config as Config, { write () {} } as LogStream)
  await app.ready()
  const { paths } = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> }
  await app.close()
  return Object.entries(paths).filter(([path]) => path.startsWith('/api/')).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })))
}

const operations = await describe()

const contentOf = ({ content }: { content: Record<string, { schema: Schema }> }) => Object.values(content)[0]!.schema
const answerOf = ({ responses }: Operation) =>
  contentOf(responses[Object.keys(responses).find(status => status.startsWith('2'))!]!)

/** One object for all that a call takes: names are unique among its path, query and body. */
function inputOf ({ parameters = [], requestBody }: Operation): Schema {
  const body = requestBody ? contentOf(requestBody) : { properties: {}, required: [] }
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(parameters.map(({ name, schema, description }) => [name, { description, ...schema }])),
      ...body.properties,
    },
    required: [...parameters.filter(({ required }) => required).map(({ name }) => name), ...body.required ?? []],
  }
}

const answer = (operationId: string, key: string) =>
  answerOf(operations.find(operation => operation.operationId === operationId)!).properties![key]!

/** Shapes with a name of their own, wherever they are found. */
const named: Record<string, Schema> = {
  Me: answer('getMe', 'user'),
  User: answer('getUser', 'user'),
  Message: answer('sendMessage', 'message'),
  Conversation: answer('openConversation', 'conversation'),
  Group: answer('getGroup', 'group'),
  Session: answer('listSessions', 'sessions').items!,
}
const keysOf = (schema: Schema) => Object.keys(schema.properties ?? {}).join()
const names = new Map(Object.entries(named).map(([name, schema]) => [keysOf(schema), name]))

/** What TypeScript can say of a schema; the rest is the server's to check. */
function simplify (schema: Schema, isNamed = false): JSONSchema {
  const { type, description, properties, required, items, patternProperties, allOf, anyOf, format } = schema
  const isNullable = Array.isArray(type) && type.includes('null')
  const name = isNamed ? undefined : names.get(keysOf(schema))
  if (name) {
    const ref = { $ref: `#/definitions/${name}` }
    return isNullable ? { anyOf: [ref, { type: 'null' }] } : ref
  }
  if (format === 'binary') return { tsType: 'Blob' }
  const map = patternProperties
    ? Object.values(patternProperties as Record<string, Schema>)[0]
    : schema.additionalProperties as Schema | false | undefined
  return {
    ...description !== undefined && { description },
    ...type !== undefined && { type: type as 'string' },
    ...schema.enum !== undefined && { enum: schema.enum as string[] },
    ...schema.const !== undefined && { const: schema.const },
    ...properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, simplify(value)])),
      required: required ?? [],
    },
    ...items && { items: simplify(items) },
    ...allOf !== undefined && { allOf: (allOf as Schema[]).map(part => simplify(part)) },
    ...anyOf !== undefined && { anyOf: (anyOf as Schema[]).map(part => simplify(part)) },
    ...(type === 'object' || properties) && { additionalProperties: map ? simplify(map) : false },
  }
}

const object = (properties: Record<string, JSONSchema>): JSONSchema =>
  ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false })
const mapValues = <T>(entries: Record<string, T>, map: (value: T) => JSONSchema) =>
  object(Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, map(value)])))

const shapes = await compile({
  title: 'Shapes',
  ...object({
    operations: { $ref: '#/definitions/Operations' },
    serverEvents: { $ref: '#/definitions/ServerEvents' },
    clientEvents: { $ref: '#/definitions/ClientEvents' },
  }),
  definitions: {
    ...Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, simplify(schema, true)])),
    Operations: object(Object.fromEntries(operations.map(operation =>
      [
        operation.operationId, object({ input: simplify(inputOf(operation)), answer: simplify(answerOf(operation)) }),
      ]))),
    ServerEvents: mapValues(serverEvents, schema => simplify(schema as unknown as Schema)),
    ClientEvents: mapValues(clientEvents, schema => simplify(schema as unknown as Schema)),
  },
}, 'Shapes', {
  bannerComment: '', ignoreMinAndMaxItems: true, style: { semi: false, singleQuote: true, printWidth: 160 },
})

const table = operations.map(({ operationId, method, path }) => `  ${operationId}: '${method} ${path}',`)

const wanted = [
  '// Written by npm run client:types from what the server says of itself; do not edit.', '',
  '/** Every call of the API: its method and path. */', 'export const operations = {', ...table, '} as const', '',
  shapes.trim(), '',
].join('\n')

const file = new URL('../client/src/types.ts', import.meta.url)
const written = await readFile(file, 'utf8').catch(() => '')
if (process.argv.includes('--check') && written !== wanted) {
  console.error('client/src/types.ts: differs from what the server says; run npm run client:types')
  process.exitCode = 1
} else if (written !== wanted) {
  await writeFile(file, wanted)
  console.log('client/src/types.ts: written')
}
