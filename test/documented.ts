/** Holds what the server says over sockets against what it documents, strictly: nothing may be said that is not documented. */
import type { TSchema } from '@sinclair/typebox'
import { Ajv, type ValidateFunction } from 'ajv'
import { addFormats } from '../src/lib/formats.ts'
import { acknowledgements, ConnectErrorSchema, RefusedSchema, serverEvents } from '../src/modules/realtime/schemas.ts'

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }))

/** A copy whose objects have no fields but those that are described. */
function strict (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, strict(part)]))
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}

const compile = (schema: TSchema) => ajv.compile(strict(schema) as TSchema)
const compileAll = (schemas: Record<string, TSchema>) => new Map(Object.entries(schemas).map(([name, schema]) => [name, compile(schema)]))

const events = compileAll(serverEvents)
const successes = compileAll(acknowledgements)
const refused = compile(RefusedSchema)
const connectError = compile(ConnectErrorSchema)

const faultIn = (what: string, validate: ValidateFunction, value: unknown): string | undefined =>
  validate(value) ? undefined : `${what} is not as documented: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`

/** What is wrong with an event of the server, if anything. */
export function faultOfEvent (name: string, payloads: unknown[]): string | undefined {
  const validate = events.get(name)
  if (!validate) return `the event ${name} is not documented`
  return payloads.length === 1 ? faultIn(name, validate, payloads[0]) : `${name} has ${payloads.length} payloads`
}

/** What is wrong with an acknowledgement, if anything. An event that does not exist can only be refused. */
export function faultOfAnswer (name: string, reply: { ok?: unknown, [field: string]: unknown } | null | undefined): string | undefined {
  const success = reply?.ok === true ? successes.get(name) : undefined
  return faultIn(`the acknowledgement of ${name}`, success ?? refused, reply)
}

/** What is wrong with the refusal of a connection, if anything. Those without data are not Convo's: there was no connection. */
export function faultOfRefusal ({ message, data }: { message: string, data?: unknown }): string | undefined {
  return data === undefined ? undefined : faultIn('the refusal of a connection', connectError, { message, data })
}

/** Fails the test that is under way, whoever catches what. */
export function failFor (fault: string): void {
  setImmediate(() => { throw new Error(fault) })
}
