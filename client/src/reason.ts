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
  const isAnswered = (mode: 'cors' | 'no-cors') =>
    fetch(`${addressOf(url)}/`, { mode, cache: 'no-store', signal: AbortSignal.timeout(answerTimeout) })
      .then(() => true, () => false)
  // A browser keeps an answer from a page that is refused as if there was none, but not that there is one. Were both
  // asked the other way round, a server that has just come back would look as if it refused.
  const isRefused = await isAnswered('no-cors') && !await isAnswered('cors')
  return isRefused ? 'refused origin' : 'no server'
}

function reasonOfAnswer (status: number, text: string | undefined): OfflineReason {
  // A proxy that finds nobody.
  if (status >= 500) return 'no server'
  if (status !== 403) return 'no path'
  return text?.includes('Forbidden') ? 'refused origin' : 'server busy'
}
