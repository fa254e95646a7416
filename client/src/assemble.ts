import { createApi, type Api } from './api.ts'
import type { ChatEvents, ClientOptions, Status } from './client.ts'
import { systemClock, type Clock } from './clock.ts'
import { Connection } from './connection.ts'
import type { Emitter } from './emitter.ts'
import { Outbox } from './outbox.ts'
import { Patience } from './patience.ts'
import { Reading } from './reading.ts'
import { Replica } from './replica.ts'
import { Shelf } from './shelf.ts'
import { memoryOutbox } from './stores.ts'
import { Synchroniser } from './synchroniser.ts'
import { Typing } from './typing.ts'
import { show } from './view.ts'

/** What a client is made of. */
export interface Parts {
  api: Api
  clock: Clock
  patience: Patience
  connection: Connection
  replica: Replica
  synchroniser: Synchroniser
  outbox: Outbox
  typing: Typing
  reading: Reading
  shelf: Shelf
}

interface Hooks {
  userId: string
  emitter: Emitter<ChatEvents>
  connected (): void
  status (status: Status): void
  signedOut (): void
}

/** Makes the parts and tells each what it needs to know of the others. */
export function assemble ({ url, token, outbox: store = memoryOutbox(), fetch = globalThis.fetch, clock = systemClock }: ClientOptions, { userId, emitter, connected, status, signedOut }: Hooks): Parts {
  const patience = new Patience(clock)
  const changed = (id: string) => shelf.changed(id)
  const api = createApi({ url, token, fetch: (...args) => fetch(...args), clock, onUnauthenticated: signedOut })
  const replica = new Replica(userId, {
    changed,
    arrived: message => {
      changed(message.conversationId)
      emitter.emit('message', message)
    },
    confirmed: message => outbox.confirm(message),
    left: id => {
      reading.forget(id)
      changed(id)
    },
  })
  const synchroniser = new Synchroniser({ api, replica, patience, changed })
  const outbox = new Outbox({
    userId,
    api,
    clock,
    patience,
    store,
    changed,
    answered: message => synchroniser.answered(message),
    failed: draft => emitter.emit('failed', draft),
  })
  const typing = new Typing({ clock, changed, emit: (name, id) => connection.signal(name, id) })
  const reading = new Reading({ api, clock, patience, userId, changed })
  const connection = new Connection({
    url,
    token,
    userId,
    clock,
    connected,
    lost () {
      typing.forgetOthers()
      status('connecting')
    },
    failed: () => status('offline'),
    signedOut,
    woken: () => patience.restart(),
    news (news) {
      if (news.name === 'message:new') typing.heard({ conversationId: news.conversationId, userId: news.message.senderId, isTyping: false })
      synchroniser.take(news)
    },
    syncRequired: () => synchroniser.inBackground(),
    typing: event => typing.heard(event),
    presence: (...presence) => synchroniser.inTurn(() => replica.notePresence(...presence)),
  })
  const shelf = new Shelf({
    ids: () => replica.held.keys(),
    show: id => replica.held.has(id) ? show(replica.held.get(id)!, { outbox, reading, typing }) : undefined,
    tell: conversationIds => emitter.emit('change', { conversationIds }),
  })
  return { api, clock, patience, connection, replica, synchroniser, outbox, typing, reading, shelf }
}
