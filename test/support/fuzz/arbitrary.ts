/** Values that fit a JSON schema, of the kinds of schemas that Convo has. */
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { addFormats } from '../../../src/lib/formats.ts'
import { omitNulls } from '../../../src/lib/omit-nulls.ts'
import { oddTexts } from './json.ts'

export type Schema = Record<string, any>

/** By the name of what holds them: values that mean something to the server. */
export type Words = Record<string, readonly string[]>

const options = { allowUnionTypes: true, strict: false }
const strict = addFormats(new Ajv({ ...options, coerceTypes: false }))
const coercing = addFormats(new Ajv({ ...options, coerceTypes: 'array' }))

/** As the server does with bodies and payloads, where null is as good as nothing. */
export function fits (schema: Schema, value: unknown): boolean {
  if (value === undefined) return false
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const input: unknown = isObject ? { ...value } : value
  omitNulls(schema, input)
  return strict.validate(schema, input)
}

/** As the server does with what is text in an address. What is converted is converted in place. */
export const fitsAsText = (schema: Schema, value: object): boolean => coercing.validate(schema, value)

const texts = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 2, arbitrary: fc.constantFrom(...oddTexts) }
)

/** Cut and filled up to what a schema allows; characters are counted, as ajv and PostgreSQL do. */
function fit (text: string, { minLength = 0, maxLength = 200 }: Schema): string {
  const characters = [...text].slice(0, maxLength)
  return characters.join('') + 'x'.repeat(Math.max(0, minLength - characters.length))
}

const ids = (words: readonly string[]) => fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.constantFrom(...words).map(id => id.toUpperCase()) },
  { weight: 1, arbitrary: fc.uuid() }
)

function stringOf (schema: Schema, words: readonly string[] | undefined): fc.Arbitrary<string> {
  const known = words?.filter(word => fits(schema, word)) ?? []
  if (schema.format === 'uuid') return known.length > 0 ? ids(known) : fc.uuid()
  if (schema.format === 'emoji') return fc.constantFrom('👍', '❤', '☝🏽', '🧑🏽‍🚀', '👨‍👩‍👧', '🇺🇦', '🏴󠁧󠁢󠁳󠁣󠁴󠁿')
  const long = fc.constantFrom('x', '😀', '\u202e').map(character => character.repeat(schema.maxLength ?? 200))
  const drawn = schema.pattern
    ? fc.stringMatching(new RegExp(schema.pattern))
    : fc.oneof({ weight: 9, arbitrary: texts }, { weight: 1, arbitrary: long })
  const fitted = drawn.map(text => fit(text, schema)).filter(text => fits(schema, text))
  return known.length > 0
    ? fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: fitted })
    : fitted
}

function integerOf ({ minimum = -(2 ** 31), maximum = 2 ** 31 }: Schema): fc.Arbitrary<number> {
  const numbers = [minimum, minimum + 1, maximum - 1, maximum, 2 ** 31 - 1, 2 ** 31, 2 ** 32]
  const edges = numbers.filter(edge => edge >= minimum && edge <= maximum)
  return fc.oneof(fc.integer({ min: minimum, max: Math.min(maximum, 30) }), fc.constantFrom(...edges))
}

function objectOf (schema: Schema, words: Words): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], patternProperties } = schema
  if (patternProperties) {
    const [[pattern, part]] = Object.entries<Schema>(patternProperties) as [[string, Schema]]
    return fc.dictionary(
      stringOf({ type: 'string', format: 'uuid', pattern }, words.conversationId),
      arbitraryOf(part, words),
      { maxKeys: 6 }
    )
  }
  const parts = Object.fromEntries(
    Object.entries<Schema>(properties).map(([name, part]) => [name, arbitraryOf(part, words, name)])
  )
  const { minProperties = 0 } = schema
  return fc.record(parts, { requiredKeys: required }).filter(value => Object.keys(value).length >= minProperties)
}

/** @param name of the property that is drawn, by which `words` are found */
export function arbitraryOf (schema: Schema, words: Words = {}, name = ''): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum as unknown[])
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type: string) => arbitraryOf({ ...schema, type }, words, name)))
  }
  switch (schema.type) {
    case 'null': return fc.constant(null)
    case 'boolean': return fc.boolean()
    case 'integer': return integerOf(schema)
    case 'string': return stringOf(schema, words[name])
    case 'object': return objectOf(schema, words)
    default: throw new Error(`no values are known of ${JSON.stringify(schema)}`)
  }
}
