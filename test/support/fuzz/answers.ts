/** What an answer must be, whatever was asked. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { ErrorSchema } from '../../../src/lib/schemas.ts'
import { addFormats } from '../../../src/lib/formats.ts'
import type { Schema } from './arbitrary.ts'

const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }))
const compiled = new Map<Schema, ValidateFunction>()

/** A schema that allows what it names and nothing else, at any depth. */
function close (schema: Schema, isPart = false): Schema {
  const { properties, items, allOf, anyOf } = schema
  return {
    ...schema,
    ...properties && {
      properties: Object.fromEntries(Object.entries<Schema>(properties).map(([name, part]) => [name, close(part)])),
    },
    ...items && { items: close(items) },
    ...allOf && { allOf: allOf.map((part: Schema) => close(part, true)) },
    ...anyOf && { anyOf: anyOf.map((part: Schema) => close(part)) },
    ...(properties || allOf) && !isPart && { unevaluatedProperties: false },
  }
}

/** What is wrong with a value, in words; empty if nothing is. */
export function faultsOf (schema: Schema, value: unknown): string[] {
  let validate = compiled.get(schema)
  if (!validate) {
    validate = ajv.compile(close(schema))
    compiled.set(schema, validate)
  }
  return validate(value) ? [] : [ajv.errorsText(validate.errors)]
}

const isWord = (value: unknown) => typeof value === 'string' && /^[A-Z_]+$/.test(value)

/** The one shape of errors, with the status that it came with. */
export function errorFaults (status: number, body: any): string[] {
  const faults = faultsOf(ErrorSchema, body)
  if (faults.length > 0) return faults
  if (body.statusCode !== status) return [`says ${body.statusCode}`]
  return isWord(body.code) && body.error && body.message ? [] : ['an error without words']
}

export interface Reply { status: number, headers: Record<string, unknown>, text: string }

/** The body of a reply, or undefined. */
export function jsonOf ({ headers, text }: Reply): any {
  try {
    return /^application\/json/.test(String(headers['content-type'])) ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

/** @param responses of the operation that was asked, from its documentation */
export function replyFaults (responses: Record<string, any>, reply: Reply): string[] {
  const { status, headers } = reply
  const faults: string[] = []
  if (status >= 500) faults.push('a fault of the server\'s own')
  if (!/^[0-9a-f-]{36}$/.test(String(headers['x-request-id']))) faults.push('no x-request-id')
  // It is as the caller's ETag said, in no words.
  if (status === 304) return reply.text === '' ? faults : [...faults, 'a body']
  const body = jsonOf(reply)
  if (body === undefined) return [...faults, 'no JSON']
  const declared = responses[status] ?? (status >= 400 ? responses.default : undefined)
  if (status >= 400 && status !== 503) faults.push(...errorFaults(status, body))
  if (declared) faults.push(...faultsOf(declared.content['application/json'].schema, body))
  else if (status < 400) faults.push('this status is not declared')
  return faults
}
