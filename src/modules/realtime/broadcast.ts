import type { Server } from 'socket.io'
import type { Audience, DomainEvent, DomainEventBus, DomainEvents } from '../../events.ts'
import type { Change } from './queries.ts'
import { domainEvents } from './events.ts'
import { roomsOf, type Rooms } from './rooms.ts'

interface BroadcastParts { io: Server, events: DomainEventBus, rooms: Rooms, markDelivered (change: Partial<Change>): void }

function copiesOf ({ audience, wire }: DomainEvent, event: unknown) {
  return wire?.copies?.(event) ?? [{ to: audience(event), payload: event }]
}

/**
 * From events to the sockets of this node, wherever they happened: the only place where what other modules did is
 * told to clients, and noted as told.
 */
export function broadcast ({ io, events, rooms, markDelivered }: BroadcastParts): void {
  function emit (name: string, to: Audience, except: string[], payload: unknown): void {
    const audience = roomsOf(to)
    // To no room at all would be to everyone.
    if (audience?.length === 0) return
    io.local.to(audience ?? []).except(roomsOf({ userIds: except })!).emit(name, payload)
  }

  for (const [name, declared] of Object.entries(domainEvents) as Array<[keyof DomainEvents, DomainEvent]>) {
    const { wire, carries, joins, leaves } = declared
    events.on(name, event => {
      const [coming, going] = [joins?.(event) ?? [], leaves?.(event) ?? []]
      for (const membership of coming) rooms.join(membership)
      if (wire) for (const { to, except = [], payload } of copiesOf(declared, event)) emit(wire.name, to, except, payload)
      for (const membership of going) rooms.leave(membership)
      for (const change of [...carries?.(event) ?? [], ...coming, ...going]) markDelivered(change)
    })
  }
}
