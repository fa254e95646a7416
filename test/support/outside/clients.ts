/** Clients that are not ours: old ones, and such of other languages. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { io } from 'socket.io-client'
import type { Test } from 'tap'
import { until } from '../server.ts'

export type Transport = 'polling' | 'websocket'

const comesTrue = (holds: () => boolean) => until(holds).then(() => true, () => false)

/** A client that talks, and remembers what it was told. */
export class ForeignClient {
  readonly #told: Array<{ event: string, payload: any }> = []
  readonly #emit: (message: object) => void

  constructor (emit: (message: object) => void) {
    this.#emit = emit
  }

  note (event: string, payload?: unknown): void {
    this.#told.push({ event, payload })
  }

  #all (event: string): any[] {
    return this.#told.filter(told => told.event === event).map(({ payload }) => payload)
  }

  /** Whether it connects so often, all in all. */
  connects (times: number): Promise<boolean> {
    return comesTrue(() => this.#all('connect').length >= times)
  }

  /** Sends a message, and answers with its acknowledgement. */
  async send (message: object): Promise<any> {
    const before = this.#all('answer').length
    this.#emit(message)
    await comesTrue(() => this.#all('answer').length > before)
    return this.#all('answer')[before]
  }

  hears (text: string): Promise<boolean> {
    return comesTrue(() => this.#all('message:new').some(({ message }) => message.text === text))
  }
}

type Connect = (t: Pick<Test, 'teardown'>, url: string, token: string, transport: Transport) => ForeignClient

const require = createRequire(import.meta.url)

/** A release of socket.io-client, by the name under which it is installed. */
function javaScript (name: string): Connect {
  return (t, url, token, transport) => {
    const release = require(name) as { io: typeof io }
    const socket = release.io(url, {
      auth: { token }, forceNew: true, transports: [transport], reconnectionDelay: 100, reconnectionDelayMax: 500,
    })
    t.teardown(() => socket.disconnect())
    const client = new ForeignClient(message => {
      socket.emit('message:send', message, (answer: unknown) => client.note('answer', answer))
    })
    socket.on('connect', () => client.note('connect'))
    socket.on('message:new', payload => client.note('message:new', payload))
    return client
  }
}

/** Debian's is used, which has Debian's packages. */
const interpreter = '/usr/bin/python3'

const python: Connect = (t, url, token, transport) => {
  const program = fileURLToPath(new URL('client.py', import.meta.url))
  const child = spawn(interpreter, [program, url, token, transport], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const client = new ForeignClient(message => child.stdin.write(`${JSON.stringify(message)}\n`))
  createInterface(child.stdout).on('line', line => {
    const { event, payload } = JSON.parse(line)
    client.note(event, payload)
  })
  return client
}

function isInstalled (): boolean {
  try {
    execFileSync(interpreter, ['-c', 'import socketio, websocket, requests'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const withoutPython = isInstalled() ? false : 'python3-socketio is not installed'

export const makers: Array<{ maker: string, connect: Connect, without: string | false }> = [
  ...['socket.io-client-3.0', 'socket.io-client-3.1', 'socket.io-client-4.0']
    .map(maker => ({ maker, connect: javaScript(maker), without: false as const })),
  { maker: 'python3-socketio', connect: python, without: withoutPython },
]
