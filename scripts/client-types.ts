/**
 * Writes client/src/types.ts from the server's own descriptions: the OpenAPI document for calls, the
 * AsyncAPI document for events. With --check it writes nothing and fails where the file differs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { buildApp } from '../src/app.ts'
import { readConfig, type Config } from '../src/config.ts'
import { findShape, nameOf, type Components, type Schema } from '../src/lib/components.ts'
import { describeEvents } from '../src/modules/realtime/asyncapi.ts'

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
  const app = await buildApp(config as Config, { write () {} })
  await app.ready()
  const { paths, components } = app.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>, components: Pick<Components, 'schemas'>,
  }
  await app.close()
  const operations = Object.entries(paths).filter(([path]) => path.startsWith('/api/')).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })))
  return { operations, components }
}

const { operations, components } = await describe()
const events = describeEvents()
const named = { ...components.schemas, ...events.components.schemas }

const contentOf = ({ content }: { content: Record<string, { schema: Schema }> }) => Object.values(content)[0]!.schema
const answerOf = ({ responses }: Operation) =>
  contentOf(responses[Object.keys(responses).find(status => status.startsWith('2'))!]!)

/** One object for all that a call takes: names are unique among its path, query and body. */
function inputOf ({ parameters = [], requestBody }: Operation): Schema {
  if (parameters.length === 0 && requestBody) return contentOf(requestBody)
  const body = requestBody ? findShape(named, contentOf(requestBody)) : { properties: {}, required: [] }
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(parameters.map(({ name, schema, description }) =>
        [name, description === undefined ? schema : { description, ...schema }])),
      ...body.properties,
    },
    required: [...parameters.filter(({ required }) => required).map(({ name }) => name), ...body.required ?? []],
  }
}

/** What TypeScript can say of a schema; the rest is the server's to check. */
function simplify (schema: Schema): JSONSchema {
  const { $ref, type, description, properties, required, items, patternProperties, allOf, anyOf, format } = schema
  if ($ref !== undefined) return { $ref: `#/definitions/${nameOf($ref)}` }
  if (format === 'binary') return { tsType: 'Blob' }
  const map = patternProperties
    ? Object.values(patternProperties)[0]
    : schema.additionalProperties as Schema | false | undefined
  return {
    ...description !== undefined && { description },
    ...type !== undefined && { type: type as 'string' },
    ...schema.enum !== undefined && { enum: schema.enum as string[] },
    ...schema.const !== undefined && { const: schema.const },
    ...properties && {
      properties: Object.fromEntries(Object.entries<Schema>(properties).map(([key, value]) => [key, simplify(value)])),
      required: required ?? [],
    },
    ...items && { items: simplify(items) },
    ...allOf !== undefined && { allOf: (allOf).map(part => simplify(part)) },
    ...anyOf !== undefined && { anyOf: (anyOf).map(part => simplify(part)) },
    ...(type === 'object' || properties) && { additionalProperties: map ? simplify(map) : false },
  }
}

const object = (properties: Record<string, JSONSchema>): JSONSchema =>
  ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false })

/** The payloads of one direction, by event. To connect is the library's to do. */
function payloadsOf (direction: 'send' | 'receive'): JSONSchema {
  const channels = Object.entries(events.operations)
    .filter(([id, { action }]) => action === direction && id !== 'connect')
    .map(([id]) => events.channels[id]!)
  return object(Object.fromEntries(channels.map(({ address, messages }) =>
    [address!, simplify(Object.values(messages)[0]!.payload)])))
}

const shapes = await compile({
  title: 'Shapes',
  ...object({
    operations: { $ref: '#/definitions/Operations' },
    serverEvents: { $ref: '#/definitions/ServerEvents' },
    clientEvents: { $ref: '#/definitions/ClientEvents' },
  }),
  definitions: {
    ...Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, simplify(schema)])),
    Operations: object(Object.fromEntries(operations.map(operation =>
      [
        operation.operationId, object({ input: simplify(inputOf(operation)), answer: simplify(answerOf(operation)) }),
      ]))),
    ServerEvents: payloadsOf('send'),
    ClientEvents: payloadsOf('receive'),
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
