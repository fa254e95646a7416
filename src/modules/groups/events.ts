import { Type, type Static } from '@sinclair/typebox'
import { conversationVersion, domainEvent, toEveryone, type PayloadsOf } from '../../events.ts'
import { changeFields, Uuid } from '../../lib/schemas.ts'
import { UserSchema } from '../users/schemas.ts'

const JoinedEventSchema = Type.Object({ ...changeFields, user: UserSchema }, {
  description: 'Somebody joined a group, maybe the person themselves.',
})

const JoinedSchema = Type.Object({ ...changeFields, user: UserSchema, presenceHiddenFrom: Type.Array(Uuid()) })
export type Joined = Static<typeof JoinedSchema>

const LeftSchema = Type.Object({ ...changeFields, userId: Uuid('Who left.') }, {
  description: 'Somebody left a group, maybe the person themselves.',
})
export type Left = Static<typeof LeftSchema>

// Both concern two rooms: that of the conversation, and that of a person who is not in it yet, or no more.
export const groupEvents = {
  'member.joined': domainEvent({
    payload: JoinedSchema,
    audience: toEveryone,
    carries: conversationVersion,
    joins: ({ conversationId, user }) => [{ conversationId, userId: user.id }],
    wire: {
      name: 'group:member-joined',
      payload: JoinedEventSchema,
      copies: ({ presenceHiddenFrom, ...joined }) => [
        { to: { conversationId: joined.conversationId }, except: presenceHiddenFrom, payload: joined },
        {
          to: { userIds: presenceHiddenFrom },
          payload: { ...joined, user: { ...joined.user, isOnline: false, lastActive: null } },
        },
      ],
    },
  }),

  'member.left': domainEvent({
    payload: LeftSchema,
    audience: toEveryone,
    carries: conversationVersion,
    leaves: ({ conversationId, userId }) => [{ conversationId, userId }],
    wire: {
      name: 'group:member-left',
      payload: LeftSchema,
      copies: left => [{ to: { conversationId: left.conversationId }, payload: left }],
    },
  }),
}

declare module '../../events.ts' {
  interface DomainEvents extends PayloadsOf<typeof groupEvents> {}
}
