/** Engine.IO over HTTP long-polling, as it should and should not be used. */
import { once } from 'node:events'
import fc from 'fast-check'
import { request, type Dispatcher } from 'undici'
import { hellos } from '../hostile.ts'
import type { Words } from './arbitrary.ts'
import { packetsFor } from './frames.ts'
import { text, Wire } from './wire.ts'

/** What a client does with its session; returns how many frames that were. */
export type Step = (session: Session) => Promise<number>

export interface Session { url: string, dispatcher: Dispatcher, sid: string }

const base = 'EIO=4&transport=polling'

/** Whatever the answer; a connection that the server cuts is one as well. */
async function ask (
  { url, dispatcher }: Session,
  method: string,
  query: string,
  body?: string | Buffer,
  type = 'text/plain;charset=UTF-8',
  signal?: AbortSignal
): Promise<string> {
  try {
    const answer = await request(
      `${url}/socket.io/?${query}`,
      {
        method: method as 'GET',
        dispatcher,
        body: body ?? null,
        headers: body === undefined
          ? {}
          : {
              'content-type': type,
            },
        signal: signal ?? null
      }
    )
    return await answer.body.text()
  } catch {
    return ''
  }
}

/** Of the session that an answer opens, also if it is quoted in a script (JSONP). */
const idIn = (answer: string) => /sid\\?":\\?"([\w-]+)/.exec(answer)?.[1]

export async function openSession (url: string, dispatcher: Dispatcher, token?: string): Promise<Session> {
  const session = { url, dispatcher, sid: '' }
  session.sid = idIn(await ask(session, 'GET', base)) ?? ''
  if (token !== undefined) await ask(session, 'POST', `${base}&sid=${session.sid}`, `40${JSON.stringify({ token })}`)
  return session
}

export async function closeSession (session: Session): Promise<void> {
  await ask(session, 'POST', `${base}&sid=${session.sid}`, '1')
  // For one that was opened as JSONP.
  await ask(session, 'POST', `${base}&sid=${session.sid}`, 'd=1')
}

const post = (body: string | Buffer, type?: string, query = base): Step => async session => {
  await ask(session, 'POST', `${query}&sid=${session.sid}`, body, type)
  return String(body).split('\x1e').length
}

const oddQueries = fc.constantFrom(
  'EIO=3&transport=polling', 'EIO=5&transport=polling', 'EIO=&transport=polling', 'EIO=4', 'transport=polling', '',
  'EIO=4&transport=__proto__', 'EIO=4&transport=webtransport', 'EIO=4&transport=websocket',
  'EIO=4&EIO=3&transport=polling&transport=polling',
  'EIO[]=4&transport[]=polling', `${base}&j=0`, `${base}&j=__proto__`, `${base}&j=1&j=2`, `${base}&b64=1`,
  `${base}&t=${'x'.repeat(5_000)}`, `${base}&sid=`, `${base}&sid=__proto__`, `${base}&sid=constructor`,
  `${base}&sid=a&sid=b`, `${base}&sid[]=x`, `${base}&sid=%00`, `${base}&sid=${'A'.repeat(5_000)}`, '%', '%00=%ff'
)
const types = fc.constantFrom(
  'application/octet-stream',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json',
  '',
  'text/plain; charset=utf-16'
)
const junk = fc.constantFrom<string | Buffer>(
  '',
  '\x1e',
  '\x1e'.repeat(5_000),
  '4\x1e4\x1e4',
  'b',
  'b====',
  'bAAAA\x1ebAAAA',
  'd=',
  'd=4',
  `d=${'%5C%5Cn'.repeat(2_000)}`,
  'd[]=4',
  'd=2&d=3',
  '6:42["x"]',
  '1:2',
  'x'.repeat(127 * 1024),
  'x'.repeat(200 * 1024),
  Buffer.from([0, 4, 255, 52]),
  Buffer.alloc(200 * 1024),
  Buffer.from('\xff\xfe4', 'latin1'),
  '2probe',
  '3probe',
  '5',
  '1\x1e1',
  ...hellos
)

/** Breaks off in the midst of a request. */
const vanish: Step = async ({ url, sid }) => {
  const wire = new Wire(url)
  wire.write(`POST /socket.io/?${base}&sid=${sid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n42["typing`)
  await once(wire.socket, 'connect').catch(() => {})
  wire.socket.resetAndDestroy()
  await wire.gone
  return 1
}

const upgrade = (packets: string[]): Step => async ({ url, sid }) => {
  const wire = new Wire(url)
  if (await wire.upgrade(`EIO=4&transport=websocket&sid=${sid}`)) wire.write(...packets.map(text))
  wire.socket.end()
  await wire.gone
  return 1 + packets.length
}

/** Two polls at once; the first one is waiting when the second one comes. */
const overlap = (method: 'GET' | 'POST'): Step => async session => {
  const again = () => ask(
    session,
    method,
    `${base}&sid=${session.sid}`,
    method === 'POST' ? '3' : undefined,
    undefined,
    AbortSignal.timeout(1_000)
  )
  await Promise.all([again(), again()])
  return 2
}

const poll: Step = async session => {
  const aborted = new AbortController()
  const asked = ask(session, 'GET', `${base}&sid=${session.sid}`, undefined, undefined, aborted.signal)
  await ask(session, 'POST', `${base}&sid=${session.sid}`, '420["typing:stop",{}]')
  aborted.abort()
  await asked
  return 2
}

export const stepsFor = (words: Words): fc.Arbitrary<Step[]> => fc.array(fc.oneof(
  {
    weight: 12,
    arbitrary: fc.array(packetsFor(words), {
      minLength: 1, maxLength: 15, size: 'max',
    }).map(packets => post(packets.join('\x1e')))
  },
  { weight: 3, arbitrary: fc.tuple(junk, types).map(([body, type]) => post(body, type)) },
  { weight: 2, arbitrary: fc.tuple(junk, oddQueries).map(([body, query]) => post(body, undefined, query)) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'), oddQueries
    ).map(([method, query]): Step => async session => {
      const sid = idIn(await ask(session, method, query, undefined, undefined, AbortSignal.timeout(1_000)))
      if (sid !== undefined) await closeSession({ ...session, sid })
      return 1
    })
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('PUT', 'DELETE', 'HEAD', 'PATCH').map((method): Step => async session => {
      await ask(session, method, `${base}&sid=${session.sid}`)
      return 1
    })
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<string[][]>([], ['2probe'], [
      '2probe', '5',
    ], ['2probe', '5', '42["typing:stop",{}]'], ['5'], ['40'], ['2probe', '2probe'], ['x'], ['']).map(upgrade)
  },
  { weight: 1, arbitrary: fc.constantFrom(vanish, overlap('GET'), overlap('POST'), poll) }
), { minLength: 1, maxLength: 6, size: 'max' })
