/** Builds the production server with production options on a database of its own, and people who talk to it. */
import { subscribe } from 'node:diagnostics_channel'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { io } from 'socket.io-client'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { readConfig, type Config } from '../../src/config.ts'
import { completeConfig } from '../../src/development/index.ts'
import { listeningUrl } from '../../src/lib/listening-url.ts'
import type { Conversation } from '../../src/modules/conversations/schemas.ts'
import type { Message } from '../../src/modules/messages/schemas.ts'
import type { Me } from '../../src/modules/users/schemas.ts'
import { failFor, faultOfError, faultOfRefusal } from './documented.ts'
import { Listener } from './listener.ts'

// The only way to add a hook to a server that is built as in production.
subscribe('fastify.initialization', created => {
  const { fastify } = created as { fastify: FastifyInstance }
  fastify.addHook('onSend', async ({ method, routeOptions: { url, schema } }, { statusCode }, payload) => {
    if (url === undefined || schema?.response === undefined) return
    const responses = schema.response as Parameters<typeof faultOfError>[1]
    const fault = faultOfError(`${method} ${url}`, responses, statusCode, payload)
    if (fault !== undefined) failFor(fault)
  })
})

type Teardown = Pick<Test, 'teardown'>

let databases = 0

/** A database cloned from the migrated template, dropped when the test ends; returns its address. */
export async function createDatabase (t: Teardown, { template = process.env.TEST_TEMPLATE! } = {}): Promise<string> {
  const name = `test_${process.pid}_${databases++}`
  const admin = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL! })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  t.teardown(async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await admin.end()
  })
  const url = new URL(process.env.TEST_DATABASE_URL!)
  url.pathname = name
  return url.href
}

export async function createFolder (t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'convo-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A DATA_DIR that has the key of the fake Google, which takes long to make. */
export async function createDataDir (t: Teardown): Promise<string> {
  const folder = await createFolder(t)
  await copyFile(process.env.TEST_GOOGLE_KEY!, join(folder, 'fake-google.pem'))
  return folder
}

export interface Answer<Body = any> { status: number, body: Body, headers: Headers }

/** One HTTP call, JSON in and out. */
export async function call<Body = any> (url: string, method: string, { token, json, headers, body }: {
  token?: string | undefined, json?: unknown, headers?: Record<string, string>, body?: FormData | string | Uint8Array
} = {}): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method,
    headers: {
      ...json !== undefined && { 'content-type': 'application/json' },
      ...token !== undefined && { authorization: `Bearer ${token}` },
      ...headers,
    },
    ...json !== undefined ? { body: JSON.stringify(json) } : body !== undefined && { body },
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, body: (isJson ? JSON.parse(text) : text) as Body, headers: response.headers }
}

/** A signed-in person with one token. */
export class Person {
  readonly user: Me
  readonly token: string
  readonly server: TestServer

  constructor (server: TestServer, user: Me, token: string) {
    this.server = server
    this.user = user
    this.token = token
  }

  get id (): string { return this.user.id }

  request<Body = any> (method: string, path: string, json?: unknown): Promise<Answer<Body>> {
    return call<Body>(`${this.server.url}/api/v1${path}`, method, { token: this.token, json })
  }

  get<Body = any> (path: string) { return this.request<Body>('GET', path) }
  post<Body = any> (path: string, json?: unknown) { return this.request<Body>('POST', path, json) }
  put<Body = any> (path: string, json?: unknown) { return this.request<Body>('PUT', path, json) }
  patch<Body = any> (path: string, json?: unknown) { return this.request<Body>('PATCH', path, json) }
  delete<Body = any> (path: string) { return this.request<Body>('DELETE', path) }

  /** Uploads bytes as a file in a multipart field. */
  upload (
    path: string, field: string, bytes: Uint8Array, { name = 'file', type = 'application/octet-stream' } = {}
  ): Promise<Answer> {
    const form = new FormData()
    form.append(field, new Blob([Buffer.from(bytes)], { type }), name)
    return call(`${this.server.url}/api/v1${path}`, 'POST', { token: this.token, body: form })
  }

  /** A connected socket; closed when the test ends. */
  async connect (options: Partial<Parameters<typeof io>[1]> = {}): Promise<Listener> {
    return this.server.connect(this.token, options)
  }

  /** The direct conversation with somebody. */
  async talkTo (other: Person): Promise<Conversation> {
    return (await this.post('/conversations', { userId: other.id })).body.conversation
  }

  /** Sends a message and returns it. */
  async say (conversationId: string, text: string, clientMessageId?: string): Promise<Message> {
    const { status, body } = await this.post(`/conversations/${conversationId}/messages`, { text, clientMessageId })
    if (status > 201) throw new Error(`not sent: ${JSON.stringify(body)}`)
    return body.message
  }
}

let people = 0

export interface TestServer {
  app: Awaited<ReturnType<typeof buildApp>>
  config: Config
  url: string
  databaseUrl: string
  /** Everything logged so far. */
  log: () => string
  /** Signs a person in through the fake Google; without an e-mail address, somebody new. */
  signIn (name?: string, email?: string): Promise<Person>
  signInMany (count: number): Promise<Person[]>
  connect (token: unknown, options?: Partial<Parameters<typeof io>[1]>): Promise<Listener>
  sql<Row = any> (text: string, values?: unknown[]): Promise<Row[]>
}

/** A listening server. Limits are off unless RATE_LIMIT_MAX is given; with `databaseUrl` it is a second node. */
export async function startServer (t: Teardown, settings: Record<string, string> = {}): Promise<TestServer> {
  const databaseUrl = settings.DATABASE_URL ?? await createDatabase(t)
  const { config } = await completeConfig(readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    RATE_LIMIT_MAX: '0',
    DATA_DIR: settings.DATA_DIR ?? await createDataDir(t),
    LOG_LEVEL: 'info',
    ...settings,
    DATABASE_URL: databaseUrl,
  }))
  const lines: string[] = []
  const app = await buildApp(config, { write: line => { lines.push(line) } })
  t.teardown(() => app.close())
  await app.listen({ host: config.HOST, port: config.PORT })
  const url = listeningUrl(app.server)

  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  pool.on('error', () => {})
  t.teardown(() => pool.end())

  const server: TestServer = {
    app,
    config,
    url,
    databaseUrl,
    log: () => lines.join(''),
    async signIn (name = `Person ${people}`, email = `person-${people++}-${process.pid}@example.com`) {
      const { body: { idToken } } = await call(`${url}/dev/google/token`, 'POST', { json: { email, name } })
      const { status, body } = await call(`${url}/api/v1/auth/google`, 'POST', { json: { idToken } })
      if (status !== 200) throw new Error(`not signed in: ${JSON.stringify(body)}`)
      return new Person(server, body.user, body.token)
    },
    signInMany: count => Promise.all(Array.from({ length: count }, () => server.signIn())),
    async connect (token, options = {}) {
      const socket = io(url, {
        auth: { token }, forceNew: true, reconnection: false, transports: ['websocket'], ...options
      })
      t.teardown(() => socket.disconnect())
      const listener = new Listener(socket)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('connect_error', error => {
          const fault = faultOfRefusal(error)
          if (fault !== undefined) failFor(fault)
          reject(error)
        })
      })
      return listener
    },
    sql: async (text, values) => (await pool.query(text, values)).rows,
  }
  return server
}

/** Waits until something holds that no event announces. */
export async function until (holds: () => boolean | Promise<boolean>, timeout = 30_000): Promise<void> {
  for (const deadline = Date.now() + timeout; !await holds(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error('it did not come true')
  }
}
