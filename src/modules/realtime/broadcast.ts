import type { Server } from 'socket.io'
import type { Audience, DomainEvent, DomainEventBus } from '../../events.ts'
import type { Change } from './queries.ts'
import { eachDeclaration } from './events.ts'
import { roomsOf, type Rooms } from './rooms.ts'

interface BroadcastParts {
  io: Server
  events: DomainEventBus
  rooms: Rooms
  markDelivered: (change: Partial<Change>) => void
}

/** What sockets hear of an event, and which. */
function copiesOf (declared: DomainEvent, event: unknown) {
  const { wire } = declared
  if (!wire) return []
  const copies = wire.copies?.(event) ?? [{ to: declared.audience(event), payload: event }]
  return copies.map(({ except = [], ...copy }) => ({ name: wire.name, except, ...copy }))
}

interface Copy { name: string, to: Audience, except: string[], payload: unknown }

/**
 * From events to the sockets of this node, wherever they happened: the only place where what other modules did is
 * told to clients, and noted as told.
 */
export function broadcast ({ io, events, rooms, markDelivered }: BroadcastParts): void {
  function emit ({ name, to, except, payload }: Copy): void {
    // What sockets hear is in rooms. To no room at all would be to everyone.
    const audience = roomsOf(to)!
    if (audience.length > 0) io.local.to(audience).except(roomsOf({ userIds: except })!).emit(name, payload)
  }

  for (const [name, declared] of eachDeclaration) {
    events.on(name, event => {
      const [coming, going] = [declared.joins?.(event) ?? [], declared.leaves?.(event) ?? []]
      for (const membership of coming) rooms.join(membership)
      copiesOf(declared, event).forEach(emit)
      for (const membership of going) rooms.leave(membership)
      for (const change of [...declared.carries?.(event) ?? [], ...coming, ...going]) markDelivered(change)
    })
  }
}
