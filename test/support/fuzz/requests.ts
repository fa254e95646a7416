/** Requests for an operation: such as its documentation asks for, and such as it does not. */
import fc from 'fast-check'
import { SyncRequestSchema } from '../../../src/modules/sync/schemas.ts'
import { bodies } from '../hostile.ts'
import { addressOf, mostly, queryOf, type Operation, type Part } from './addresses.ts'
import { arbitraryOf, fits, type Schema, type Words } from './arbitrary.ts'
import { formsFor } from './forms.ts'
import { print, read, spoilt } from './json.ts'

export interface Request {
  method: string
  path: string
  headers: Array<[string, string]>
  body: Buffer | undefined
  /** How the token is given, with `TOKEN` in place of it, and whose it is. */
  authorization: string[]
  person: number
  /** Whether it goes out byte by byte as it is written here, for what no client would send. */
  isBare: boolean
  /** Whether each part of it is as it should be; undefined where that is for the server to say. */
  isValid: boolean | undefined
}

export function operationsOf (document: any): Operation[] {
  return Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, description]) => ({ name: description.operationId, method: method.toUpperCase(), path, description })
    ))
}

/** The document has no words for what the keys of a record look like. */
const bodySchemas: Record<string, Schema> = { sync: SyncRequestSchema }

/** Ways to say that a body is JSON, or nearly so. */
const jsonTypes = fc.constantFrom(
  'application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;', 'application/json ;',
  'application/json\t', '\tapplication/json', ' application/json', 'application/json; charset=utf-8 x',
  'application/json; charset=utf-16',
  'application/json, text/plain', 'text/plain, application/json', 'application/jsonp', 'application/json\u00a0',
  '\u00a0application/json', 'application/json;;', 'application/json; a', 'application/json\t; a=b', 'application//json',
  'application/json/x', 'application/vnd.api+json',
  'application/*', '*/*', 'text/json', 'application/json"', '"application/json"', 'application/json;charset="utf-8',
  'application/json x', 'application/json\\', 'application/ json', 'application/x-json', 'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x', '', ';', '__proto__', 'constructor', 'a'.repeat(2_000)
)

interface Content { types: string[], body: Buffer | undefined }

const asJson = ['application/json']

/** Whatever bytes, with whatever type. */
const junk = fc.oneof(fc.constantFrom(
  ...bodies, '\u0000', '""', '{}', '{"a":1}', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, ' '.repeat(100_000)
).map(text => Buffer.from(text)), fc.uint8Array({ maxLength: 50 }).map(bytes => Buffer.from(bytes)))

function jsonBodyOf (schema: Schema, words: Words): fc.Arbitrary<Part<Content>> {
  const valid = arbitraryOf(schema, words)
  const text = fc.oneof({
    weight: 7, arbitrary: valid.map(print),
  }, { weight: 7, arbitrary: spoilt(valid) }, { weight: 1, arbitrary: valid.map(value => `\ufeff${print(value)}`) })
  const bodies = fc.oneof({
    weight: 10, arbitrary: text.map(text => Buffer.from(text)),
  }, { weight: 1, arbitrary: junk })
  const types = fc.oneof<fc.WeightedArbitrary<string[]>[]>({ weight: 9, arbitrary: fc.constant(asJson) }, {
    weight: 3, arbitrary: jsonTypes.map(type => [type]),
  }, { weight: 1, arbitrary: fc.tuple(jsonTypes, jsonTypes) }, { weight: 1, arbitrary: fc.constant([]) })
  const contents = fc.record({ body: bodies, types })
  return contents.map(content => ({ value: content, isValid: fits(schema, read(content.body.toString())) }))
}

function bodyOf ({ name, method, description: { requestBody } }: Operation, words: Words): fc.Arbitrary<Part<Content>> {
  const { 'application/json': json, 'multipart/form-data': form } = requestBody?.content ?? {}
  if (json) return jsonBodyOf(bodySchemas[name] ?? json.schema, words)
  if (form) {
    return formsFor(Object.keys(form.schema.properties)[0]!)
      .map(({ type, body, isValid }) => ({ value: { types: [type], body }, isValid }))
  }
  const none = fc.constant<Part<Content>>({ value: { types: [], body: undefined }, isValid: true })
  if (method === 'GET') return none
  return mostly(none, fc.record({ types: jsonTypes.map(type => [type]), body: junk }).map(value => ({ value })))
}

const authorizations = fc.constantFrom<Part<string[]>>(
  ...[
    [], [''], ['Bearer'], ['Bearer '], ['TOKEN'], ['Bearer TOKENx'], ['Bearer xTOKEN'], ['Basic TOKEN'],
    ['Bearer null'], ['Bearer a.b.c'], ['Bearer ..'], ['Bearer eyJhbGciOiJub25lIn0.e30.'], ['Bearer \u00e9'],
    [`Bearer ${'x'.repeat(5_000)}`], ['Bearer TOKEN.'],
  ]
    .map(value => ({ value, isValid: false })),
  ...[
    ['bearer TOKEN'], ['Bearer  TOKEN'], ['Bearer TOKEN '], ['Bearer TOKEN', 'Bearer TOKEN'],
    ['Bearer x', 'Bearer TOKEN'], ['Bearer TOKEN, Bearer x'], ['Bearer\tTOKEN'],
  ].map(value => ({ value }))
)

const oddHeaders: fc.Arbitrary<[string, string]> = fc.constantFrom<[string, string]>(
  ['user-agent', 'x'.repeat(8_000)], ['user-agent', '\u00ff\u00fe'], ['user-agent', ''], ['accept', 'text/plain;q=9'],
  ['accept', ''], ['accept-encoding', 'gzip;q=x'], ['content-encoding', 'gzip'], ['content-encoding', 'br, br'],
  ['origin', 'https://evil.example'],
  ['origin', 'null'], ['x-forwarded-for', '1.2.3.4, ::1'], ['x-forwarded-host', 'evil.example'],
  ['x-forwarded-proto', 'javascript'], ['x-http-method-override', 'DELETE'], ['x-request-id', '\u00e9'],
  ['range', 'bytes=0-'], ['if-none-match', '*'],
  ['cookie', 'x='.repeat(2_000)], ['forwarded', 'for="'], ['access-control-request-method', 'PUT'],
  ['traceparent', '00-0-0-0'], ['__proto__', 'x'], ['constructor', 'x'], ['accept-version', '9'],
  ['x-long', 'x'.repeat(17_000)]
)

/** @param words of the world, by which what is there is reached */
export function requestsFor (operation: Operation, words: Words): fc.Arbitrary<Request> {
  const needsToken = operation.description.security === undefined
  const signedIn = fc.constant<Part<string[]>>({ value: ['Bearer TOKEN'], isValid: true })
  return fc.record({
    address: addressOf(operation, words),
    query: queryOf(operation, words),
    body: bodyOf(operation, words),
    authorization: mostly(signedIn, authorizations, 12),
    headers: mostly<Array<[string, string]>>(fc.constant([]), fc.array(oddHeaders, { maxLength: 3 })),
    person: fc.nat(3),
    isBare: fc.nat(9).map(n => n === 0),
  }).map(({ address, query, body, authorization, headers, person, isBare }) => {
    const parts = [address, query, body, ...needsToken ? [authorization] : []].map(({ isValid }) => isValid)
    return {
      method: operation.method,
      path: query.value === '' ? address.value : `${address.value}?${query.value}`,
      headers: [...headers, ...body.value.types.map((type): [string, string] => ['content-type', type])],
      body: body.value.body,
      authorization: authorization.value,
      person,
      isBare: isBare || body.value.types.length > 1 || authorization.value.length > 1,
      isValid: parts.includes(false) ? false : parts.includes(undefined) ? undefined : true,
    }
  })
}
