import { Type } from '@sinclair/typebox'
import { domainEvent, toEveryone, type DomainEvent, type DomainEvents, type PayloadsOf } from '../../events.ts'
import { authEvents } from '../auth/events.ts'
import { groupEvents } from '../groups/events.ts'
import { membershipEvents } from '../membership/events.ts'
import { messageEvents } from '../messages/events.ts'

const realtimeEvents = {
  /** A node has Redis again, which it had not for so many seconds: what it could not tell, others did not hear. */
  'redis.returned': domainEvent({ payload: Type.Object({ seconds: Type.Number() }), audience: toEveryone }),
}

declare module '../../events.ts' {
  interface DomainEvents extends PayloadsOf<typeof realtimeEvents> {}
}

/** All that is declared; what a module adds to `DomainEvents` and does not list here is an error of types. */
export const domainEvents: Record<keyof DomainEvents, DomainEvent> = {
  ...authEvents,
  ...membershipEvents,
  ...messageEvents,
  ...groupEvents,
  ...realtimeEvents,
}

export const eachDeclaration = Object.entries(domainEvents) as Array<[keyof DomainEvents, DomainEvent]>
