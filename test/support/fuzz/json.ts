/** JSON as it may arrive, what `JSON.stringify` never writes included. */
import fc from 'fast-check'
import { nested } from '../hostile.ts'

/** A part of a text of JSON, as it stands there. */
class Raw {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

/** An object whose keys may come twice, or be `__proto__`. */
class Entries {
  readonly entries: Array<[string, unknown]>

  constructor (entries: Array<[string, unknown]>) {
    this.entries = entries
  }
}

export function print (value: unknown): string {
  if (value instanceof Raw) return value.text
  if (value instanceof Entries) {
    return `{${value.entries.map(([key, part]) => `${JSON.stringify(key)}:${print(part)}`).join()}}`
  }
  if (Array.isArray(value)) return `[${value.map(print).join()}]`
  if (typeof value === 'object' && value !== null) return print(new Entries(Object.entries(value)))
  return JSON.stringify(value)
}

/** What a reader makes of a text: undefined if it is no JSON. A byte order mark may be ignored. */
export function read (text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}

/** Texts that have broken something somewhere. Most of them are fine to send. */
export const oddTexts = [
  ' ', '\t', '\u00a0', '\u2028', '\u3000x', '\r\n', '\ufeff', '\u200b', '\u202eabc', '\u2066x\u2069',
  'e\u0301'.repeat(20), 'Z\u0300\u0301\u0302\u0303'.repeat(10), 'İIıi', 'ß', 'ﷺ',
  '👩‍👩‍👧‍👦', '🏳️‍🌈', '\u{10ffff}', '\ufffe', '\ufffd', '\u0001\u001f\u007f',
  '%', '_', '\\', '%_\\', "'", '"',
  "'; DROP TABLE users; --", '$1', '{{7*7}}', '<script>alert(1)</script>',
  '%00', '%s', '../../etc/passwd', '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', 'true', '0',
  '-1', '1e400', '9007199254740993', '0x10', '01980000-0000-7000-8000-00000000000a',
]

/** Texts that nothing takes. */
const badTexts = ['\0', 'a\0b', '\ud800', 'x\udc00', '\udc00\ud800']

const id = '01980000-0000-7000-8000-00000000000a'

/** In place of anything. */
const strangers: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, '', [], {}, [[]], [null], {
    length: 1,
  }, { toString: 1, toJSON: 1, then: 1 }, 'x'.repeat(9_000)),
  fc.constantFrom(...oddTexts, ...badTexts),
  fc.constantFrom(
    '-0', '1e400', '-1e400', '9007199254740993', '1e-400', '0.1e1', '1E0', `1${'0'.repeat(400)}`, ...nested,
    `{"__proto__":${nested[0]}}`, `{"__proto__":{"id":"${id}"}}`,
    '{"constructor":{"prototype":{"a":1}}}', '{"a":1,"a":2}', 'undefined', 'NaN', "'text'", '01', '+1', '.5', '"\\x00"',
    '"\\ud800"', '"\\u0000"', '"a\tb"', '/**/1', '1,', ''
  ).map(text => new Raw(text))
)

const oddKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'admin',
  'isAdmin',
  'userId',
  'senderId',
  'id',
  '',
  '\0',
  '\ud800',
  '0',
  'x'.repeat(5_000),
  '$ref',
  'text ',
  'Text'
)

type Change = (value: unknown, pick: number) => unknown

const entriesOf = (value: object) => Object.entries(value)
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Raw)

/** Changes an object's entries; in place of what is none stands one. */
const onEntries = (change: (entries: Array<[string, unknown]>, pick: number) => Array<[string, unknown]>): Change =>
  (value, pick) => new Entries(change(isPlain(value) ? entriesOf(value) : [], pick))

const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: strangers.map(stranger => () => stranger) },
  {
    weight: 2,
    arbitrary: fc.tuple(oddKeys, strangers)
      .map(([key, stranger]) => onEntries(entries => [...entries, [key, stranger]]))
  },
  {
    weight: 1,
    arbitrary: strangers.map(
      stranger => onEntries((entries, pick) => [...entries, [entries[pick % entries.length]?.[0] ?? 'a', stranger]])
    )
  },
  {
    weight: 1,
    arbitrary: fc.constant(onEntries((entries, pick) => entries.filter((_, i) => i !== pick % entries.length))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Change>(
      value => [value], value => ({ value }), value => print(value), value => [value, value]
    )
  }
)

/** Every place in a value, as the keys that lead to it. */
function placesIn (value: unknown, way: string[] = []): string[][] {
  return [way, ...isPlain(value) || Array.isArray(value)
    ? Object.entries(value).flatMap(
      ([key, part]) => placesIn(part, [...way, key])
    )
    : []]
}

function changeAt (value: unknown, [key, ...way]: string[], change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value)
  if (Array.isArray(value)) return value.map((part, i) => String(i) === key ? changeAt(part, way, change) : part)
  return Object.fromEntries(
    Object.entries(value as object).map(([name, part]) => [name, name === key ? changeAt(part, way, change) : part])
  )
}

/** Texts of values that were valid until something was done to them. Some still are. */
export const spoilt = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.tuple(valid, fc.nat(), fc.nat(), changes).map(([value, place, pick, change]) => {
    const places = placesIn(value)
    return print(changeAt(value, places[place % places.length]!, part => change(part, pick)))
  })
