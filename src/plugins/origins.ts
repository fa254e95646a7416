import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import { namesHost } from '../lib/origins.ts'

/**
 * Says whether a request may open a socket, by its `Origin`. Pages have one, and must be of FRONTEND_URL or of this
 * server. Other clients have none, or name the address that they connect to.
 */
export function createOriginCheck (
  { FRONTEND_URL, PUBLIC_URL }: Config, isTrusted: (address: string, hop: number) => boolean
): (request: IncomingMessage) => boolean {
  const publicHosts = PUBLIC_URL === undefined ? [] : [new URL(PUBLIC_URL).host]

  /** What the client asked for. */
  function hostOf ({ headers, socket }: IncomingMessage): string {
    const forwarded = isTrusted(socket.remoteAddress!, 0) ? headers['x-forwarded-host'] : undefined
    return String(forwarded ?? headers.host).split(',').at(-1)!.trim()
  }

  return request => {
    const { origin } = request.headers
    if (origin === undefined || FRONTEND_URL.includes(origin)) return true
    return [hostOf(request), ...publicHosts].some(host => namesHost(origin, host))
  }
}
