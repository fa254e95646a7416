import type { Clock } from './clock.ts'
import type { Draft } from './draft.ts'
import type { OutboxStore } from './stores.ts'
import type { Me, Message } from './types.ts'

export interface ClientOptions {
  /** The server's address, without `/api/v1`. It may have a path. */
  url: string
  /** From `signIn`. */
  token: string
  /** Where messages wait until they are answered. In memory, unless given. */
  outbox?: OutboxStore
  fetch?: typeof globalThis.fetch
  clock?: Clock
}

/**
 * `online`: connected, and everything that was missed is there. `connecting`: not yet. `offline`: the last
 * attempt was in vain; others follow.
 */
export type Status = 'connecting' | 'online' | 'offline'

/**
 * Why a client is offline. `no server`: nobody answers. `no path`: what answers there is no Convo, or does not pass
 * `/socket.io/` on. `refused origin`: the server takes no connection of this page. `server busy`: it takes none at
 * present.
 */
export type OfflineReason = 'no server' | 'no path' | 'refused origin' | 'server busy'

/** What listeners are given. */
export interface ChatEvents {
  /** These conversations show something else, or are no longer there. Told once for all that happens at a time. */
  change: [{ conversationIds: string[] }]
  /** When it is offline, and as soon as that is known, why. */
  status: [status: Status, reason: OfflineReason | undefined]
  /**
   * A new message of somebody else, now or while this client was away, that was neither read elsewhere nor is muted:
   * what a notification is for.
   */
  message: [Message]
  /** One's own profile, changed on this device or another one. */
  profile: [Me]
  /** The server refused an own message. */
  failed: [Draft]
  /**
   * The token has expired, or was ended here or elsewhere. Nothing happens any more; sign in, and create
   * another client.
   */
  signedOut: [{ reason: 'expired' | 'ended' }]
}
