import { io, type Socket } from 'socket.io-client'
import type { Clock } from './clock.ts'
import { isTemporaryStatus } from './errors.ts'
import { Backoff } from './backoff.ts'
import type { VersionedEvent } from './replica.ts'
import type { ClientEvents, ServerEvents } from './types.ts'
import { watchConnectivity } from './connectivity.ts'

type Acknowledge = (reply: { ok: boolean }) => void
type ServerListeners = { [Name in keyof ServerEvents]: (payload: ServerEvents[Name]) => void }
type ClientEmits = { [Name in keyof ClientEvents]: (payload: ClientEvents[Name], acknowledge?: Acknowledge) => void }

export interface ConnectionParts {
  url: string
  token: string
  userId: string
  clock: Clock
  connected (): void
  /** It will be tried again. */
  lost (): void
  /** It was tried in vain, and will be again. */
  failed (): void
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
  #connectedAt = 0
  #isClosed = false
  #stopWatching = () => {}

  constructor (parts: ConnectionParts) {
    this.#parts = parts
    this.#backoff = new Backoff(parts.clock)
    this.socket = io(parts.url, {
      auth: { token: parts.token },
      forceNew: true,
      autoConnect: false,
      transports: ['websocket'],
      reconnectionDelay: 300,
      reconnectionDelayMax: 5_000,
    })
    this.socket.on('connect', () => {
      this.#connectedAt = parts.clock.now()
      parts.connected()
    })
    this.socket.on('disconnect', reason => this.#lost(reason))
    this.socket.on(
      'connect_error', error => this.#failed((error as Error & { data?: { statusCode?: number } }).data?.statusCode)
    )
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
    this.#parts.lost()
    if (this.#parts.clock.now() - this.#connectedAt > steady) this.#refusals = 0
    // The server ended it, perhaps because the person was signed out: the next handshake tells.
    if (reason === 'io server disconnect') this.#later()
  }

  #failed (status: number | undefined): void {
    if (status !== undefined && !isTemporaryStatus(status)) {
      this.close()
      this.#parts.signedOut()
      return
    }
    this.#parts.failed()
    // Socket.IO tries again when it finds no server, but not when the server refuses.
    if (status !== undefined) this.#later()
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

  #again (): void {
    if (this.#isClosed) return
    // Ends whatever it waits for.
    this.socket.disconnect()
    this.socket.connect()
  }
}
