import asyncapi from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' }
import { createConfig, lintFromString } from '@redocly/openapi-core'
import type { TSchema } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import addCommonFormats from 'ajv-formats'
import t from 'tap'
import type { AsyncApi } from '../../src/lib/asyncapi-page.ts'
import type { Schema } from '../../src/lib/components.ts'
import { addFormats } from '../../src/lib/formats.ts'
import { acknowledgements, clientEvents, serverEvents } from '../../src/modules/realtime/schemas.ts'
import { inlined } from '../support/description.ts'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const { body: document } = await call<AsyncApi>(`${server.url}/docs/asyncapi.json`, 'GET')
const operations = Object.values(document.operations)
const whole = inlined(document)
const messages = Object.values(whole.channels).flatMap(({ messages }) => Object.values(messages))

/** With shapes in the places of references. */
const find = ({ $ref }: { $ref: string }): any =>
  $ref.split('/').slice(1).reduce((part, name) => part?.[name], whole as any)
const findRaw = ({ $ref }: { $ref: string }): any =>
  $ref.split('/').slice(1).reduce((part, name) => part?.[name], document as any)
const eventsOf = (wanted: string) =>
  operations.filter(({ action }) => action === wanted).map(({ channel }) => find(channel).address)
const acknowledgementOf = (event: string) => operations.find(({ title }) => title === event)!.reply!.messages.map(find)

t.test('the description of events is AsyncAPI 3, by its official schema', async t => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addCommonFormats.default(ajv)
  const validate = ajv.compile(asyncapi)
  t.ok(validate(document), ajv.errorsText(validate.errors))
  t.notOk(validate({ ...document, channels: 'none' }), 'or it would say so')
})

t.test('a public linter finds nothing to say about it', async t => {
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  t.same(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`), [])
})

/** A schema as it is written down: the names of shapes are where they are kept. */
const asDescribed = (schema: TSchema) =>
  JSON.parse(JSON.stringify(schema, (key, value) => key === 'title' && typeof value === 'string' ? undefined : value))

t.test('it has every event, in its direction', async t => {
  t.same(eventsOf('receive'), ['connect', ...Object.keys(clientEvents)])
  t.same(eventsOf('send'), Object.keys(serverEvents))
  for (const [event, schema] of Object.entries({ ...clientEvents, ...serverEvents })) {
    const message = messages.find(({ name }) => name === event)!
    t.same(message.payload, asDescribed(schema), `${event} as it is checked`)
  }
})

t.test('every event of clients has its acknowledgements, a connection its refusal', async t => {
  for (const [event, schema] of Object.entries(acknowledgements)) {
    const [acknowledged, refused] = acknowledgementOf(event)
    t.same(acknowledged.payload, asDescribed(schema), event)
    t.match(refused.payload.properties, {
      ok: { const: false }, error: { required: ['statusCode', 'code', 'error', 'message'] },
    }, event)
  }
  t.match(acknowledgementOf('connect'), [
    {
      name: 'connect_error',
      payload: { properties: { data: { required: ['statusCode', 'code', 'error', 'message'] } } },
    },
  ])
})

t.test('every event is summed up, and has an example that its schema accepts', async t => {
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }))
  for (const { name, summary, payload, examples } of messages) {
    t.match(summary, /^[A-Z].*\.$/, name)
    t.ok(examples.length > 0, name)
    for (const example of examples) t.ok(ajv.validate(payload, example.payload), `${name}: ${ajv.errorsText()}`)
    const fields = Object.keys(examples[0]!.payload as object).sort()
    t.same(fields.filter(field => !(field in payload.properties!)), [], name)
  }
})

t.test('whatever it refers to is there, the token too', async t => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, $ref]) => $ref!)
  t.ok(refs.length > 50)
  t.same(refs.filter($ref => find({ $ref }) === undefined), [])
  const [{ security }] = Object.values(document.servers) as [{ security: Array<{ $ref: string }> }]
  t.match(security.map(find), [{ type: 'http', scheme: 'bearer' }])
})

/** The paths of all fields, those of objects inside too, and names of shapes that are shown apart. */
const fieldsOf = ({ properties = {} }: Schema, path = ''): string[] =>
  Object.entries<Schema>(properties).flatMap(([name, field]) => [path + name, ...fieldsOf(field, `${path}${name}.`)])
const shapesIn = (schema: Schema) => [...JSON.stringify(schema).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
  .map(([, name]) => name!)

t.test('the page shows every event with all its fields, and runs no script', async t => {
  const { status, headers, body: page } = await call<string>(`${server.url}/docs/events`, 'GET')
  t.equal(status, 200)
  t.match(headers.get('content-type'), 'text/html')
  t.match(headers.get('content-security-policy'), /^default-src 'none'; style-src 'self'; /)
  t.notMatch(page, /<script|<style| style=| on\w+=/)
  t.notMatch(page, /undefined|\[object/)
  const [, ...sections] = page.split('<section ')
  for (const [i, { title, messages, reply }] of operations.entries()) {
    t.match(sections[i], `<h3><code>${title}</code>`)
    for (const { name, payload } of [...messages, ...reply?.messages ?? []].map(findRaw)) {
      const shape = document.components.schemas[shapesIn(payload)[0]!]!
      for (const field of fieldsOf(shape)) {
        t.match(sections[i], `<td><code>${field}</code></td>`, `${title}: ${field}`)
      }
      for (const inside of shapesIn(shape)) t.match(sections[i], `<a href="#${inside}">${inside}</a>`, name)
    }
  }
})

t.test('it shows once what is in several events', async t => {
  const { body: page } = await call<string>(`${server.url}/docs/events`, 'GET')
  const shapes = page.split('<section ').slice(operations.length + 1)
  t.same(shapes.map(section => /^id="(\w+)"/.exec(section)![1]).sort(), [
    'Error', 'Message', 'ReactionChange', 'ReactionSummary', 'User',
  ])
  for (const section of shapes) {
    const [, name] = /^id="(\w+)"/.exec(section)!
    for (const field of fieldsOf(document.components.schemas[name!]!)) {
      t.match(section, `<td><code>${field}</code></td>`, `${name}: ${field}`)
    }
  }
})

t.test('the pages of documentation lead to each other', async t => {
  const { body: page } = await call<string>(`${server.url}/docs/events`, 'GET')
  const addresses = [...page.matchAll(/href="([^"]+)"/g)].map(
    ([, address]) => new URL(address!, `${server.url}/docs/events`)
  )
  t.ok(addresses.some(({ pathname }) => pathname === '/docs/events.css'))
  for (const { href, hash } of addresses) {
    t.equal((await call(href, 'GET')).status, 200, href)
    if (hash !== '') t.match(page, `id="${hash.slice(1)}"`)
  }
  const { body: { externalDocs } } = await call(`${server.url}/docs/openapi.json`, 'GET')
  t.equal(
    (await call(new URL(externalDocs.url, server.url).href, 'GET')).headers.get('content-type'),
    'text/html; charset=utf-8'
  )
})

t.test('the events are documented at the same cost as the rest', async t => {
  const limited = await startServer(t, { RATE_LIMIT_MAX: '2', DATABASE_URL: server.databaseUrl })
  const ask = (path: string) => call(`${limited.url}/docs/${path}`, 'GET')
  t.same([
    (await ask('events')).status, (await ask('asyncapi.json')).status, (await ask('events.css')).status,
  ], [200, 200, 429])
})
