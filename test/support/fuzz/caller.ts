/** Sends requests as they are, also such as no client would. */
import { connect } from 'node:net'
import { Pool } from 'undici'
import type { Reply } from './answers.ts'
import type { Request } from './requests.ts'

const timeout = 15_000

export interface Caller {
  /** Rejects where no answer came. */
  send: (request: Request, token: string) => Promise<Reply>
  close: () => Promise<void>
}

const headersOf = ({ headers, authorization }: Request, token: string): Array<[string, string]> =>
  [...headers, ...authorization.map((value): [string, string] => ['authorization', value.replaceAll('TOKEN', token)])]

/** Writes a request by hand and reads what comes until the server closes the connection. */
async function sendBare (url: URL, request: Request, token: string): Promise<Reply> {
  const { method, path, body } = request
  const socket = connect({ port: Number(url.port), host: url.hostname, timeout })
  socket.on('timeout', () => socket.destroy(new Error('no answer')))
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  // Who is answered before all is said may find the door closed.
  socket.on('error', () => {})
  const lines = [
    ['host', url.host], ['connection', 'close'], ...headersOf(request, token),
    ...body ? [['content-length', String(body.length)]] : [],
  ]
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.map(line => `${line.join(': ')}\r\n`).join('')}\r\n`, 'latin1')
  if (body) socket.write(body)
  await new Promise(resolve => socket.once('close', resolve))
  const [head = '', ...rest] = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n')
  const [statusLine = '', ...headers] = head.split('\r\n')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(
      headers.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])
    ),
    text: Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString(),
  }
}

/** What undici refuses to send. */
const isRefused = (error: unknown) =>
  /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED)$/.test((error as { code?: string }).code ?? '')

export function createCaller (address: string): Caller {
  const url = new URL(address)
  const pool = new Pool(address, { connections: 8, pipelining: 1, headersTimeout: timeout, bodyTimeout: timeout })
  return {
    async send (request, token) {
      // A long body would still be on its way, and a door that is closed in its face may swallow the answer.
      if (request.isBare && (request.body?.length ?? 0) < 64 * 1024) return sendBare(url, request, token)
      try {
        const { method, path, body } = request
        const response = await pool.request({
          method, path, headers: headersOf(request, token).flat(), body: body ?? null,
        })
        return { status: response.statusCode, headers: response.headers, text: await response.body.text() }
      } catch (error) {
        if (isRefused(error)) return sendBare(url, request, token)
        throw error
      }
    },
    close: () => pool.close(),
  }
}
