import { Type } from '@sinclair/typebox'
import { domainEvent, toEveryone, type PayloadsOf } from '../../events.ts'
import { Uuid } from '../../lib/schemas.ts'

export const authEvents = {
  /** A session was ended. Any node may be asked to accept its token. */
  'session.revoked': domainEvent({
    payload: Type.Object({ sessionId: Uuid() }),
    audience: toEveryone,
    carries: ({ sessionId }) => [{ sessionId }],
  }),
}

declare module '../../events.ts' {
  interface DomainEvents extends PayloadsOf<typeof authEvents> {}
}
