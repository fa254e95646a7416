import type { Clock } from './clock.ts'
import { ConvoError, isTemporary, unreachable } from './errors.ts'
import { Backoff } from './backoff.ts'
import { operations, type Operations } from './types.ts'

type Name = keyof Operations
export type Input<N extends Name> = Operations[N]['input']
export type Answer<N extends Name> = Operations[N]['answer']

export interface CallOptions {
  /** How often it is tried before it fails, if it is safe to repeat. 5 by default. */
  attempts?: number
  signal?: AbortSignal
}

/**
 * Every call, by its operationId. What it takes is one object, whether it goes into the path, the query or
 * the body.
 */
export type Api = {
  [N in Name]: Record<never, never> extends Input<N>
    ? (input?: Input<N>, options?: CallOptions) => Promise<Answer<N>>
    : (input: Input<N>, options?: CallOptions) => Promise<Answer<N>>
}

export interface ApiOptions {
  url: string
  token?: string
  fetch: typeof globalThis.fetch
  clock: Clock
  /** Told when a call was refused because nobody is signed in. */
  onUnauthenticated?: () => void
}

/** In milliseconds; the server answers within 5 s, and takes 30 s for an upload. */
const answerTimeout = 10_000
const uploadTimeout = 60_000

/** To repeat one of these might do it twice; all others end in the same, however often. */
const unsafe = new Set<Name>(['createGroup', 'uploadImage', 'uploadAvatar'])

function mayRepeat (name: Name, input: object, error: unknown): error is ConvoError {
  if (!isTemporary(error)) return false
  return error.statusCode === 429 || !(unsafe.has(name) || (name === 'sendMessage' && !('clientMessageId' in input)))
}

/** A method, an address and a body, from one object. */
function toRequest (
  name: Name, input: Record<string, unknown>
): { method: string, address: string, body?: string | FormData } {
  const rest = { ...input }
  const [method, path] = operations[name].split(' ') as [string, string]
  const address = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const value = rest[key]
    delete rest[key]
    return encodeURIComponent(String(value))
  })
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined)
  if (entries.length === 0) return { method, address }
  if (method === 'GET' || method === 'DELETE') {
    const query = new URLSearchParams(entries.map(([key, value]) => [key, String(value)] as [string, string]))
    return { method, address: `${address}?${query}` }
  }
  if (!entries.some(([, value]) => value instanceof Blob)) return { method, address, body: JSON.stringify(rest) }
  const form = new FormData()
  for (const [key, value] of entries) form.append(key, value as Blob)
  return { method, address, body: form }
}

function toError (response: Response, body: { code?: string, message?: string } | undefined): ConvoError {
  const retryAfter = Number(response.headers.get('retry-after') ?? 0) * 1_000
  return new ConvoError({
    statusCode: response.status,
    code: body?.code ?? 'UNEXPECTED',
    message: body?.message ?? 'This is no answer of Convo.',
    ...Number.isFinite(retryAfter) && { retryAfter },
  })
}

export function createApi ({ url, token, fetch, clock, onUnauthenticated }: ApiOptions): Api {
  const root = url.replace(/\/+$/, '')

  async function ask (name: Name, input: object, signal?: AbortSignal): Promise<unknown> {
    const { method, address, body } = toRequest(name, input as Record<string, unknown>)
    const timeout = AbortSignal.timeout(body instanceof FormData ? uploadTimeout : answerTimeout)
    const response = await fetch(root + address, {
      method,
      headers: {
        ...token !== undefined && { authorization: `Bearer ${token}` },
        ...typeof body === 'string' && { 'content-type': 'application/json' },
      },
      ...body !== undefined && { body },
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    }).catch(() => { throw unreachable() })
    const answer = await response.json().catch(() => undefined) as { code?: string, message?: string } | undefined
    if (response.ok && answer !== undefined) return answer
    // Cut off on the way.
    if (response.ok) throw unreachable()
    if (response.status === 401) onUnauthenticated?.()
    throw toError(response, answer)
  }

  async function call (name: Name, input: object = {}, { attempts = 5, signal }: CallOptions = {}): Promise<unknown> {
    const backoff = new Backoff(clock)
    for (let attempt = 1; attempt < attempts; attempt++) {
      try {
        return await ask(name, input, signal)
      } catch (error) {
        if (signal?.aborted || !mayRepeat(name, input, error)) throw error
        await backoff.wait(attempt, error.retryAfter)
      }
    }
    return ask(name, input, signal)
  }

  return Object.fromEntries(
    (Object.keys(operations) as Name[]).map(
      name => [name, (input?: object, options?: CallOptions) => call(name, input, options)]
    )
  ) as Api
}
