import { request } from 'node:http'
import type { Person } from './server.ts'

export interface Travelled { status: number, headers: Record<string, any>, bytes: Buffer }

/** A call of the API whose answer is not decompressed or read. */
export function asItTravels ({ server: { url }, token }: Person, path: string, {
  method = 'GET', headers = {}, body,
}: { method?: string, headers?: Record<string, string>, body?: Uint8Array } = {}): Promise<Travelled> {
  return new Promise((resolve, reject) => {
    request(url + path, { method, headers: { authorization: `Bearer ${token}`, ...headers } }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk)).on(
        'end', () => resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(chunks) })
      )
    }).on('error', reject).end(body)
  })
}
