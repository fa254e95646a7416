import { io, type Socket } from 'socket.io-client'
import type { Clock } from './clock.ts'
import { isTemporaryStatus } from './errors.ts'
import { Backoff } from './backoff.ts'
import type { OfflineReason } from './options.ts'
import { reasonOf, type ConnectError } from './reason.ts'
import type { VersionedEvent } from './replica.ts'
import type { ClientEvents, ServerEvents } from './types.ts'
import { watchConnectivity } from './connectivity.ts'
import { addressOf, openTimeout, pollingFirst, webSocketOnly, webSocketsPass } from './transport.ts'

type Acknowledge = (reply: { ok: boolean }) => void
type ServerListeners = { [Name in keyof ServerEvents]: (payload: ServerEvents[Name]) => void }
type ClientEmits = { [Name in keyof ClientEvents]: (payload: ClientEvents[Name], acknowledge?: Acknowledge) => void }

export interface ConnectionParts {
  url: string
  token: string
  userId: string
  clock: Clock
  fetch: typeof globalThis.fetch
  connected (): void
  /** It will be tried again. */
  lost (): void
  /** It was tried in vain, and will be again. Told once more when it is known why. */
  failed (reason?: OfflineReason): void
  /** The token is worth nothing any more. */
  signedOut (): void
  /** The device was asleep or without a network: what seems to be under way may lead nowhere. */
  woken (): void
  versioned (event: VersionedEvent): void
  /** Who has sent types no longer. */
  sent (event: ServerEvents['message:new']): void
  syncRequired (): void
  typing (event: ServerEvents['typing']): void
  presence (userId: string, isOnline: boolean, lastActive: string | null): void
}

/** How long a connection may take to show that it is alive, after the device has slept. */
const proofTimeout = 3_000
/** How long a connection lasts that the server did not end at once. */
const steady = 10_000
/** How often whoever polls tries whether WebSockets pass again. */
const tryInterval = 60_000

/** Events are recognised by what they carry, so that one of a newer server is not lost on this client. */
function isVersioned (payload: unknown): payload is Omit<VersionedEvent, 'name'> {
  const { conversationId, version, ownVersion } = Object(payload) as Record<string, unknown>
  return typeof ownVersion === 'number' || (typeof conversationId === 'string' && typeof version === 'number')
}

/** The socket: it comes back by itself from whatever ends it, except that the person is signed out. */
export class Connection {
  readonly socket: Socket<ServerListeners, ClientEmits>
  readonly #parts: ConnectionParts
  readonly #backoff: Backoff
  /** How often in a row the server has refused a connection, or ended it at once. */
  #refusals = 0
  /** Of the connection that there is. */
  #connectedAt = Infinity
  #isClosed = false
  #stopWatching = () => {}

  constructor (parts: ConnectionParts) {
    this.#parts = parts
    this.#backoff = new Backoff(parts.clock)
    const { origin, pathname: path } = addressOf(parts.url)
    this.socket = io(origin, {
      path,
      auth: { token: parts.token },
      forceNew: true,
      autoConnect: false,
      transports: webSocketOnly,
      timeout: openTimeout,
      reconnectionDelay: 300,
      reconnectionDelayMax: 5_000,
    })
    this.socket.on('connect', () => {
      this.#connectedAt = parts.clock.now()
      void this.#leavePolling(origin)
      parts.connected()
    })
    this.socket.on('disconnect', reason => this.#lost(reason))
    this.socket.on('connect_error', error => this.#failed(error))
    this.socket.onAny((name: string, payload: unknown) => {
      if (name !== 'sync:required' && isVersioned(payload)) parts.versioned({ name, ...payload })
    })
    this.socket.on('message:new', event => parts.sent(event))
    this.socket.on('sync:required', () => parts.syncRequired())
    this.socket.on('typing', event => parts.typing(event))
    this.socket.on('user:online', ({ userId }) => parts.presence(userId, true, null))
    this.socket.on('user:offline', ({ userId, lastActive }) => parts.presence(userId, false, lastActive))
  }

  open (): void {
    this.#stopWatching = watchConnectivity(this.#parts.clock, () => this.#wake())
    this.socket.connect()
  }

  close (): void {
    this.#isClosed = true
    this.#stopWatching()
    this.socket.disconnect()
    this.#backoff.close()
  }

  /** Tells something that is worth nothing later. */
  signal (name: 'typing:start' | 'typing:stop', conversationId: string): void {
    if (this.socket.connected) this.socket.emit(name, { conversationId })
  }

  #lost (reason: Socket.DisconnectReason): void {
    if (this.#isClosed) return
    // Its transport was open, but it was not admitted yet.
    if (this.#connectedAt === Infinity) this.#parts.failed()
    else this.#parts.lost()
    const isSteady = this.#parts.clock.now() - this.#connectedAt > steady
    this.#connectedAt = Infinity
    if (isSteady) this.#refusals = 0
    // "io server disconnect" and "io client disconnect": one of both wanted it so.
    this.#choose(isSteady || reason.startsWith('io'))
    // The server ended it, perhaps because the person was signed out: the next handshake tells.
    if (reason === 'io server disconnect') this.#later()
  }

  #failed (error: ConnectError): void {
    const status = error.data?.statusCode
    if (status === undefined) {
      this.#parts.failed()
      if (this.#polls) void this.#explain(error)
      this.#choose(false)
    } else if (isTemporaryStatus(status)) {
      this.#parts.failed('server busy')
      // Socket.IO tries again when it finds no server, but not when the server refuses.
      this.#later()
    } else {
      this.close()
      this.#parts.signedOut()
    }
  }

  /** Of a WebSocket that failed nobody is told why, but of polling, which is tried next. */
  async #explain (error: ConnectError): Promise<void> {
    const reason = await reasonOf(error, this.#parts.url, this.#parts.fetch)
    if (!this.#isClosed && !this.socket.connected) this.#parts.failed(reason)
  }

  get #polls (): boolean {
    return this.socket.io.engine.transport.name === 'polling'
  }

  /** The next attempt begins as this connection was if that has worked, or else in the other way. */
  #choose (hasWorked: boolean): void {
    this.socket.io.opts.transports = this.#polls === hasWorked ? pollingFirst : webSocketOnly
  }

  /** Polling costs more than a WebSocket. So one is tried from time to time, beside what works. */
  async #leavePolling (origin: string): Promise<void> {
    const { id } = this.socket
    const isPolling = () => this.socket.id === id && this.#polls
    while (isPolling()) {
      await this.#backoff.wait(0, tryInterval)
      if (isPolling() && await webSocketsPass(origin, this.socket.io.opts) && isPolling()) this.#again(false)
    }
  }

  #later (): void {
    void this.#backoff.wait(++this.#refusals).then(() => { if (!this.#isClosed) this.socket.connect() })
  }

  /** The device was asleep, or is on a network again: there is no time to lose, and no connection to be trusted. */
  #wake (): void {
    this.#parts.woken()
    if (!this.socket.connected) {
      this.#again()
      return
    }
    this.socket.timeout(proofTimeout).emitWithAck('join', { userId: this.#parts.userId }).catch(() => this.#again())
  }

  #again (hasWorked = true): void {
    if (this.#isClosed) return
    // Ends whatever it waits for.
    this.socket.disconnect()
    this.#choose(hasWorked)
    this.socket.connect()
  }
}
