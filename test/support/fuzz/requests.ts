/** Requests for an operation: such as its documentation asks for, and such as it does not. */
import fc from 'fast-check'
import { SyncRequestSchema } from '../../../src/modules/sync/schemas.ts'
import { addressIds, bodies } from '../hostile.ts'
import { arbitraryOf, fits, fitsAsText, type Schema, type Words } from './arbitrary.ts'
import { formsFor } from './forms.ts'
import { oddTexts, print, read, spoilt } from './json.ts'

export interface Operation {
  name: string
  method: string
  path: string
  description: any
}

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

type Part<Value> = { value: Value, isValid?: boolean | undefined }

const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight = 5) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other })

export function operationsOf (document: any): Operation[] {
  return Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, description]) => ({ name: description.operationId, method: method.toUpperCase(), path, description })
    ))
}

/** The document has no words for what the keys of a record look like. */
const bodySchemas: Record<string, Schema> = { sync: SyncRequestSchema }

const oddIds = fc.constantFrom(
  ...addressIds, '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%2f..', '..%5c..', '%252e%252e%252f', '../../../etc/passwd',
  '.', '..', '%2f', '%C0%AE%C0%AE/', '%u002e', '%', '%zz', '%ff%fe', '{id}', ':id', 'null', 'undefined', 'NaN', '0',
  '-1', '__proto__', 'constructor', 'me', 'x'.repeat(99), 'x'.repeat(5_000), '%00'.repeat(30),
  '00000000-0000-0000-0000-000000000000\u00e9', "'--", '%0d%0aX-Injected:%201'
)
const endings = fc.constantFrom('%00', '%0a', '%20', '//', '%2f', '.', ';x=1', ',', '%c2%a0', 'a', '-', '%2e%2e')

function addressOf ({ path, description: { parameters = [] } }: Operation, words: Words): fc.Arbitrary<Part<string>> {
  const [id, ...others] = parameters.filter((parameter: any) => parameter.in === 'path')
  if (!id) return fc.constant({ value: path, isValid: true })
  const valueOf = ({ schema, name }: any) => arbitraryOf(schema, words, name) as fc.Arbitrary<string>
  const put = ([id, ...others]: string[]) => others.reduce(
    (path, value) => path.replace(/{\w+}/, () => encodeURIComponent(value)), path.replace(/{\w+}/, () => id!)
  )
  const valid = valueOf(id)
  const rest = fc.tuple<string[]>(...others.map(valueOf))
  const odd = fc.oneof(oddIds, fc.tuple(valid, endings).map(([id, ending]) => id + ending))
  return mostly<Part<string>>(
    fc.tuple(valid, rest).map(([id, rest]) => ({ value: put([id, ...rest]), isValid: true })),
    fc.tuple(odd, rest).map(([id, rest]) => ({ value: put([id, ...rest]), isValid: false }))
  )
}

type Pairs = Array<[string, string]>

const oddPairs: fc.Arbitrary<[string, string]> = fc.tuple(
  fc.oneof(fc.constantFrom(
    'limit',
    'cursor',
    'search',
    'for',
    'markRead',
    'afterSeq',
    '__proto__',
    'constructor',
    'toString',
    '',
    'x'.repeat(3_000),
    'search[]',
    'limit[gt]',
    'LIMIT'
  ), fc.constantFrom(...oddTexts)),
  fc.oneof(fc.constantFrom(
    '',
    '\0',
    '1',
    '-1',
    '1e3',
    '0x1',
    '1.0',
    ' 1',
    '١',
    '1e400',
    '9007199254740992',
    'true',
    'TRUE',
    '[]',
    '{}',
    'x'.repeat(4_000),
    '\u0000%'
  ), fc.constantFrom(...oddTexts))
)

const rawQueries = fc.constantFrom(
  '%',
  '%ff=%fe',
  '&',
  '&&&&',
  '=',
  '==',
  '?',
  '??a',
  'limit',
  'limit=%zz',
  'search=%ed%a0%80',
  'search=%f0%9f',
  'search=%C0%80',
  `a=${'&a='.repeat(3_000)}`,
  `search=${'%25'.repeat(2_000)}`,
  'search=a+b',
  'search=%2500',
  'cursor=%00'
)

const encode = (pairs: Pairs) =>
  pairs.map(pair => pair.map(text => encodeURIComponent(text.toWellFormed())).join('=')).join('&')

/** As a query string is read: what comes twice is a list. */
function readPairs (pairs: Pairs): object {
  const read = Object.create(null)
  for (const [name, value] of pairs) read[name] = name in read ? [read[name], value].flat() : value
  return read
}

function queryOf ({ description: { parameters = [] } }: Operation, words: Words): fc.Arbitrary<Part<string>> {
  const declared = parameters.filter((parameter: any) => parameter.in === 'query')
  const required = declared.filter((parameter: any) => parameter.required).map((parameter: any) => parameter.name)
  const properties = Object.fromEntries(declared.map((parameter: any) => [parameter.name, parameter.schema]))
  const schema = { type: 'object', properties, required, additionalProperties: declared.length === 0 }
  const valid = (arbitraryOf(schema, words) as fc.Arbitrary<object>).map(
    value => Object.entries(value).map(([name, part]): [string, string] => [name, String(part)])
  )
  const toPart = (pairs: Pairs) => ({
    value: encode(pairs),
    isValid: pairs.every(pair => pair.every(text => text.isWellFormed()))
      ? fitsAsText(schema, readPairs(pairs))
      : undefined,
  })
  const spoilt = fc.tuple(valid, fc.array(oddPairs, { maxLength: 2 }), fc.nat())
    .map(([pairs, odd, pick]) => toPart([...pairs, ...odd, ...pairs.slice(pick % 3)]))
  return mostly(
    valid.map(toPart),
    fc.oneof({ weight: 4, arbitrary: spoilt }, { weight: 1, arbitrary: rawQueries.map(value => ({ value })) })
  )
}

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
