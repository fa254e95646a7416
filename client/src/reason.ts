import type { OfflineReason } from './options.ts'
import { addressOf } from './transport.ts'

/** What Socket.IO tells of an attempt that failed. With polling it knows the status of the answer, if the page may. */
export interface ConnectError extends Error {
  /** From Convo, which takes no connection of this token, or none at present. */
  data?: { statusCode?: number }
  /** The answer's status; 0 if there was none, or none for this page. */
  description?: unknown
  context?: { responseText?: string }
}

const answerTimeout = 5_000

/** Why polling failed. */
export async function reasonOf (
  { message, description, context }: ConnectError, url: string, fetch: typeof globalThis.fetch
): Promise<OfflineReason> {
  // What came was no packet.
  if (message === 'server error') return 'no path'
  if (typeof description === 'number' && description > 0) return reasonOfAnswer(description, context?.responseText)
  // A browser does not tell a page whether it was refused or nobody was there, but does that anything is answered. That
  // of Convo's calls would be kept from pages of other origins.
  const look = { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.timeout(answerTimeout) } as const
  return fetch(`${addressOf(url)}/`, look).then(() => 'refused origin', () => 'no server')
}

function reasonOfAnswer (status: number, text: string | undefined): OfflineReason {
  // A proxy that finds nobody.
  if (status >= 500) return 'no server'
  if (status !== 403) return 'no path'
  return text?.includes('Forbidden') ? 'refused origin' : 'server busy'
}
