/**
 * Holds what the server says over sockets, and its errors over HTTP, against what it documents, strictly: nothing may
 * be said that is not documented.
 */
import type { TSchema } from '@sinclair/typebox'
import { Ajv, type ValidateFunction } from 'ajv'
import { addFormats } from '../../src/lib/formats.ts'
import {
  acknowledgements, ConnectErrorSchema, RefusedSchema, serverEvents,
} from '../../src/modules/realtime/schemas.ts'

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }))

/** A copy whose objects have no fields but those that are described. */
function strict (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, strict(part)]))
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}

const validators = new WeakMap<TSchema, ValidateFunction>()

/** Made when it is first needed: most tests hear few of the events. */
function validatorOf (schema: TSchema): ValidateFunction {
  const validate = validators.get(schema) ?? ajv.compile(strict(schema) as TSchema)
  validators.set(schema, validate)
  return validate
}

const events: Record<string, TSchema> = serverEvents
const successes: Record<string, TSchema> = acknowledgements

function faultIn (what: string, schema: TSchema, value: unknown): string | undefined {
  const validate = validatorOf(schema)
  return validate(value)
    ? undefined
    : `${what} is not as documented: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`
}

/** What is wrong with an event of the server, if anything. */
export function faultOfEvent (name: string, payloads: unknown[]): string | undefined {
  if (!Object.hasOwn(events, name)) return `the event ${name} is not documented`
  return payloads.length === 1 ? faultIn(name, events[name]!, payloads[0]) : `${name} has ${payloads.length} payloads`
}

/** What is wrong with an acknowledgement, if anything. An event that does not exist can only be refused. */
export function faultOfAnswer (
  name: string, reply: { ok?: unknown, [field: string]: unknown } | null | undefined
): string | undefined {
  const success = reply?.ok === true && Object.hasOwn(successes, name) ? successes[name] : undefined
  return faultIn(`the acknowledgement of ${name}`, success ?? RefusedSchema, reply)
}

/**
 * What is wrong with the refusal of a connection, if anything. Those without data are not Convo's: there was
 * no connection.
 */
export function faultOfRefusal ({ message, data }: { message: string, data?: unknown }): string | undefined {
  return data === undefined ? undefined : faultIn('the refusal of a connection', ConnectErrorSchema, { message, data })
}

/** What is wrong with a route's answer, if anything: an error whose code that route does not document. */
export function faultOfError (
  route: string, responses: Record<string, TSchema>, status: number, payload: unknown
): string | undefined {
  if (status < 400 || typeof payload !== 'string') return undefined
  const { code } = JSON.parse(payload) as { code: string }
  const documented = [responses[status], responses[`${status}`[0] + 'xx']]
  const examples = documented.flatMap(schema => (schema?.examples ?? []) as Array<{ code: string }>)
  return examples.some(example => example.code === code) ? undefined : `${route} does not document ${status} ${code}`
}

/** Fails the test that is under way, whoever catches what. */
export function failFor (fault: string): void {
  setImmediate(() => { throw new Error(fault) })
}
