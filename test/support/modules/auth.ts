/** Tokens as they should and should not be, and moments that a test needs to stretch. */
import { createHmac, sign, type KeyObject } from 'node:crypto'
import pg from 'pg'
import { call, until, type TestServer } from '../server.ts'

type Seal = (unsigned: string) => Buffer

export const rsa = (key: KeyObject): Seal => unsigned => sign('RSA-SHA256', Buffer.from(unsigned), key)
export const hmac = (secret: string, hash = 'sha256'): Seal =>
  unsigned => createHmac(hash, secret).update(unsigned).digest()
export const unsealed: Seal = () => Buffer.alloc(0)

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')

export function makeToken (header: object, claims: object, seal: Seal): string {
  const unsigned = `${encode(header)}.${encode(claims)}`
  return `${unsigned}.${seal(unsigned).toString('base64url')}`
}

/** Header and claims of a token. */
export function readToken (token: string): [header: any, claims: any] {
  return token.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url').toString())) as [any, any]
}

/** So many seconds from now, as tokens tell the time. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

export async function idTokenOf (server: TestServer, email: string, name = 'Somebody'): Promise<string> {
  return (await call(`${server.url}/dev/google/token`, 'POST', { json: { email, name } })).body.idToken
}

export function signInWith (server: TestServer, idToken: unknown, headers: Record<string, string> = {}) {
  return call(`${server.url}/api/v1/auth/google`, 'POST', { json: { idToken }, headers })
}

/**
 * Starts something whose statements must wait for a lock on a table; once `count` of them do, and
 * `meanwhile` is done, lets them all go at the same moment.
 */
export async function heldUp<Outcome> (server: TestServer, { table, mode, count, meanwhile = () => {} }: {
  table: string, mode: string, count: number, meanwhile?: () => void
}, start: () => Promise<Outcome>): Promise<Outcome> {
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(`LOCK TABLE ${table} IN ${mode} MODE`)
    const outcome = start()
    await until(async () => {
      const { rows: [{ waiting }] } = await client.query(
        'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = $1::regclass', [table]
      )
      return waiting >= count
    })
    meanwhile()
    await client.query('COMMIT')
    return await outcome
  } finally {
    await client.end()
  }
}
