/** Asks for an operation or event on somebody's behalf, and says in one way what came of it. */
import type { Listener } from '../listener.ts'
import { call, type Person, type TestServer } from '../server.ts'
import { isKeyedById, type Operation } from './inventory.ts'
import { png } from './world.ts'

export interface Answer {
  /** OK, or the code of the error. */
  code: string
  status: number
  /** The body or acknowledgement, to the letter. */
  text: string
  /** Those that are not of the moment. */
  headers: Record<string, string>
}

const ofTheMoment = /^(date|x-request-id|x-ratelimit-.*)$/

export const statuses: Record<string, number> = {
  VALIDATION_FAILED: 400, UNAUTHENTICATED: 401, FORBIDDEN: 403, BLOCKED: 403, NOT_FOUND: 404,
}

/** Values of parameters, each put where the operation takes it; only those that it takes. */
function fillIn ({ name, parameters }: Operation, values: Record<string, unknown>) {
  const [method, template] = name.split(' ') as [string, string | undefined]
  let path = template ?? ''
  const query = new URLSearchParams()
  const body: Record<string, unknown> = {}
  let form: FormData | undefined
  for (const [parameter, { place, schema }] of Object.entries(parameters)) {
    const value = values[parameter]
    if (place === 'file') (form ??= new FormData()).append(parameter, new Blob([png]), 'image.png')
    else if (value === undefined) continue
    else if (place === 'path') path = path.replace(`{${parameter}}`, encodeURIComponent(String(value)))
    else if (place === 'query') query.set(parameter, String(value))
    else body[parameter] = isKeyedById(schema) && typeof value === 'string' ? { [value]: 0 } : value
  }
  const hasBody = Object.values(parameters).some(({ place }) => place === 'body')
  return { method, path: query.size > 0 ? `${path}?${query.toString()}` : path, json: hasBody ? body : undefined, form }
}

export async function askOverHttp (
  server: TestServer, operation: Operation, values: Record<string, unknown>, token?: string
): Promise<Answer> {
  const { method, path, json, form } = fillIn(operation, values)
  // Compressed, one id may take a byte more than another.
  const { status, body, headers } = await call(`${server.url}${path}`, method, {
    token, json, headers: { 'accept-encoding': 'identity' }, ...form && { body: form },
  })
  return {
    code: status < 300 ? 'OK' : body.code,
    status,
    text: JSON.stringify(body),
    headers: Object.fromEntries([...headers].filter(([name]) => !ofTheMoment.test(name))),
  }
}

export async function statusOfHead (
  server: TestServer, operation: Operation, values: Record<string, unknown>, token: string
): Promise<number> {
  const { path } = fillIn(operation, values)
  return (await fetch(`${server.url}${path}`, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } })).status
}

async function askOverSocket (ear: Listener, operation: Operation, values: Record<string, unknown>): Promise<Answer> {
  const reply = await ear.ask(operation.name, fillIn(operation, values).json)
  return {
    code: reply.ok === true ? 'OK' : reply.error.code,
    status: reply.ok === true ? 200 : reply.error.statusCode,
    text: JSON.stringify(reply),
    headers: {},
  }
}

export function asks (server: TestServer, ears: Map<Person, Listener>) {
  return (operation: Operation, values: Record<string, unknown>, who: Person) => operation.isEvent
    ? askOverSocket(ears.get(who)!, operation, values)
    : askOverHttp(server, operation, values, who.token)
}

/** Sends an event over a connection that never entered, and returns what comes back until it ends. */
export async function knock (
  { url }: TestServer, { name }: Operation, values: Record<string, unknown>
): Promise<string> {
  const address = `${url}/socket.io/?EIO=4&transport=polling`
  const opening = await call<string>(address, 'GET')
  const { sid } = JSON.parse(opening.body.slice(1))
  // A packet of engine.io (4) with an event of Socket.IO (2) that asks for acknowledgement 1.
  const sent = await call<string>(`${address}&sid=${sid}`, 'POST', {
    body: `421${JSON.stringify([name, values])}`, headers: { 'content-type': 'text/plain' },
  })
  const { body } = await call<string>(`${address}&sid=${sid}`, 'GET')
  return `${sent.body}${JSON.stringify(body)}`
}

/**
 * How much longer one of two kinds of calls takes than the other, by their medians, in milliseconds; measured
 * again while it is more than `limit`.
 */
export async function gapBetween (
  one: () => Promise<unknown>, other: () => Promise<unknown>, limit: number
): Promise<number> {
  const times: [number[], number[]] = [[], []]
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
  let gap = Infinity
  // A busy machine may spoil one round; what an answer gives away stays.
  for (let round = 0; round < 3 && gap > limit; round++) {
    for (let i = 0; i < 21; i++) {
      for (const [kind, ask] of [one, other].entries()) {
        const begun = performance.now()
        await ask()
        times[kind]!.push(performance.now() - begun)
      }
    }
    gap = Math.abs(median(times[0]) - median(times[1]))
  }
  return gap
}
