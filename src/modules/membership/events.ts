import { Type } from '@sinclair/typebox'
import {
  conversationVersion, domainEvent, ownVersion, toConversation, toEveryone, toPerson, type PayloadsOf,
} from '../../events.ts'
import { changeFields, Count, SyncRequiredSchema, Uuid } from '../../lib/schemas.ts'

const syncRequired = { name: 'sync:required', payload: SyncRequiredSchema }
const ownFields = { userId: Uuid(), ownVersion: Count() }
const blockChange = Type.Object({ ...changeFields, ...ownFields })

export const membershipEvents = {
  /** People are in a conversation that is new to them. */
  'conversation.opened': domainEvent({
    payload: Type.Object({ ...changeFields, userIds: Type.Array(Uuid()) }),
    audience: toEveryone,
    joins: ({ conversationId, userIds }) => userIds.map(userId => ({ conversationId, userId })),
    wire: {
      ...syncRequired,
      copies: ({ conversationId, version, userIds }) => [{ to: { userIds }, payload: { conversationId, version } }],
    },
  }),

  /** Something that only this person sees: what they muted or hid in a conversation; without one, their profile. */
  'own.changed': domainEvent({
    payload: Type.Object({ ...SyncRequiredSchema.properties, ...ownFields }),
    audience: toPerson,
    carries: ownVersion,
    wire: {
      ...syncRequired,
      copies: ({ userId, ownVersion: _own, ...about }) => [{ to: { userIds: [userId] }, payload: about }],
    },
  }),

  /** A block came or went in a direct conversation. */
  'block.changed': domainEvent({
    payload: blockChange,
    audience: toConversation,
    carries: change => [...conversationVersion(change), ...ownVersion(change)],
    wire: {
      ...syncRequired,
      copies: ({ conversationId, version }) => [{ to: { conversationId }, payload: { conversationId, version } }],
    },
  }),

  /** A join or leave that changed nothing: the answer to the first one may have been lost, and its event too. */
  'membership.repeated': domainEvent({ payload: Type.Object({ userId: Uuid() }), audience: toPerson }),
}

declare module '../../events.ts' {
  interface DomainEvents extends PayloadsOf<typeof membershipEvents> {}
}
