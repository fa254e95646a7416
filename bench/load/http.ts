import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { keepInFlight, type Drive, type Prepare } from './drive.ts'

/** A request to repeat; with `fresh`, each time under another `clientMessageId`. */
export interface Request { method: 'GET' | 'POST', path: string, token: string, json?: object, fresh?: boolean }
export interface HttpJob { url: string, inFlight: number, requests: Request[] }

export const http: Drive<HttpJob> = { module: 'http' }

/** Sends a request and reads its answer; rejects unless it is a 2xx. */
export function send (pool: Pool, { method, path, token, json, fresh }: Request): Promise<void> {
  const body = json && JSON.stringify(fresh ? { ...json, clientMessageId: randomUUID() } : json)
  return sendBody(pool, method, path, token, body)
}

export function sendBody (
  pool: Pool, method: 'GET' | 'POST', path: string, token: string, body?: string
): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0
    let text = ''
    pool.dispatch({
      method,
      path,
      headers: { authorization: `Bearer ${token}`, ...body !== undefined && { 'content-type': 'application/json' } },
      body: body ?? null,
    }, {
      onRequestStart () {},
      onResponseStart (_controller, statusCode) { status = statusCode },
      onResponseData (_controller, chunk: Buffer) { if (status >= 300) text += chunk.toString() },
      onResponseEnd () {
        if (status < 300) resolve()
        else reject(new Error(`${status} ${text}`))
      },
      onResponseError (_controller, error) { reject(error) },
    })
  })
}

export const prepare: Prepare<HttpJob> = async ({ url, inFlight, requests }) => {
  const pool = new Pool(url, { connections: inFlight, pipelining: 1 })
  return seconds => keepInFlight(inFlight, seconds, i => send(pool, requests[i % requests.length]!))
}
