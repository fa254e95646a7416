import { createApi, type Api } from './api.ts'
import { systemClock, type Clock } from './clock.ts'
import { Connection } from './connection.ts'
import type { Emitter } from './emitter.ts'
import type { ChatEvents, ClientOptions, OfflineReason, Status } from './options.ts'
import { Outbox } from './outbox.ts'
import { Backoff } from './backoff.ts'
import { ReadMarks } from './read-marks.ts'
import { Replica } from './replica.ts'
import { ViewCache } from './view-cache.ts'
import { memoryOutbox } from './stores.ts'
import { Synchroniser } from './synchroniser.ts'
import { Typing } from './typing.ts'
import { show } from './view.ts'

/** What a client is made of. */
export interface Parts {
  api: Api
  clock: Clock
  backoff: Backoff
  connection: Connection
  replica: Replica
  synchroniser: Synchroniser
  outbox: Outbox
  typing: Typing
  readMarks: ReadMarks
  viewCache: ViewCache
}

interface Hooks {
  userId: string
  emitter: Emitter<ChatEvents>
  connected: () => void
  status: (status: Status) => void
  failed: (reason?: OfflineReason) => void
  signedOut: () => void
}

/** Makes the parts and tells each what it needs to know of the others. */
export function assemble ({
  url, token, outbox: store = memoryOutbox(), fetch = globalThis.fetch, clock = systemClock,
}: ClientOptions, { userId, emitter, connected, status, failed, signedOut }: Hooks): Parts {
  const backoff = new Backoff(clock)
  const changed = (id: string) => viewCache.changed(id)
  const api = createApi({ url, token, fetch, clock, onUnauthenticated: signedOut })
  const replica = new Replica(userId, {
    changed,
    arrived: message => emitter.emit('message', message),
    confirmed: message => outbox.confirm(message),
    left: id => {
      readMarks.forget(id)
      changed(id)
    },
    profileChanged: profile => emitter.emit('profile', profile),
  })
  const synchroniser = new Synchroniser({ api, replica, backoff, changed })
  const outbox = new Outbox({
    userId,
    api,
    clock,
    backoff,
    store,
    changed,
    answered: message => synchroniser.answered(message),
    failed: draft => emitter.emit('failed', draft),
  })
  const typing = new Typing({ clock, changed, emit: (name, id) => connection.signal(name, id) })
  const readMarks = new ReadMarks({ api, clock, backoff, userId, changed })
  const connection = new Connection({
    url,
    token,
    userId,
    clock,
    fetch,
    connected,
    lost () {
      typing.forgetOthers()
      status('connecting')
    },
    failed,
    signedOut,
    woken: () => backoff.restart(),
    versioned: event => synchroniser.take(event),
    sent: ({ conversationId, message }) => typing.heard({ conversationId, userId: message.senderId, isTyping: false }),
    syncRequired: () => synchroniser.inBackground(),
    typing: event => typing.heard(event),
    presence: (...presence) => synchroniser.inTurn(() => replica.notePresence(...presence)),
  })
  const viewCache = new ViewCache({
    ids: () => replica.held.keys(),
    show: id => replica.held.has(id) ? show(replica.held.get(id)!, { outbox, readMarks, typing }) : undefined,
    tell: conversationIds => emitter.emit('change', { conversationIds }),
  })
  return { api, clock, backoff, connection, replica, synchroniser, outbox, typing, readMarks, viewCache }
}
