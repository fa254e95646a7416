/** Addresses and queries of an operation: such as its documentation asks for, and such as it does not. */
import fc from 'fast-check'
import { addressIds } from '../hostile.ts'
import { arbitraryOf, fitsAsText, type Words } from './arbitrary.ts'
import { oddTexts } from './json.ts'

export interface Operation {
  name: string
  method: string
  path: string
  description: any
}

export type Part<Value> = { value: Value, isValid?: boolean | undefined }

export const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight = 5) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other })

const oddIds = fc.constantFrom(
  ...addressIds, '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%2f..', '..%5c..', '%252e%252e%252f', '../../../etc/passwd',
  '.', '..', '%2f', '%C0%AE%C0%AE/', '%u002e', '%', '%zz', '%ff%fe', '{id}', ':id', 'null', 'undefined', 'NaN', '0',
  '-1', '__proto__', 'constructor', 'me', 'x'.repeat(99), 'x'.repeat(5_000), '%00'.repeat(30),
  '00000000-0000-0000-0000-000000000000\u00e9', "'--", '%0d%0aX-Injected:%201'
)
const endings = fc.constantFrom('%00', '%0a', '%20', '//', '%2f', '.', ';x=1', ',', '%c2%a0', 'a', '-', '%2e%2e')

export function addressOf (
  { path, description: { parameters = [] } }: Operation, words: Words
): fc.Arbitrary<Part<string>> {
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

export function queryOf ({ description: { parameters = [] } }: Operation, words: Words): fc.Arbitrary<Part<string>> {
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
