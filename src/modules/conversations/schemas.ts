import { Type, type Static } from '@sinclair/typebox'
import { Count, Nullable, pageFields, Timestamp, Uuid } from '../../lib/schemas.ts'
import { MessageSchema } from '../messages/schemas.ts'
import { UserSchema } from '../users/schemas.ts'

export const ConversationSchema = Type.Object({
  id: Uuid(),
  type: Type.Unsafe<'direct' | 'group'>(Type.String({ enum: ['direct', 'group'] })),
  name: Nullable(Type.String({ description: 'Of the group; null in direct conversations.' })),
  icon: Nullable(Type.String()),
  iconBg: Nullable(Type.String()),
  about: Nullable(Type.String()),
  createdAt: Timestamp(),
  updatedAt: Timestamp('Of the last activity.'),
  lastSeq: Count('The number of the last message.'),
  version: Count('Grows with every change that a member can see.'),
  unreadCount: Type.Integer({ minimum: 0, maximum: 1000, description: 'Counted up to 1000 and no further.' }),
  isMuted: Type.Boolean(),
  isBlocked: Type.Boolean({ description: 'Whether the signed-in person has blocked the other side.' }),
  lastReadAt: Nullable(Timestamp()),
  lastMessage: Nullable(MessageSchema),
  otherUser: Nullable(UserSchema),
})
export type Conversation = Static<typeof ConversationSchema>

export const OpenDirectSchema = Type.Object({ userId: Uuid('The other person.') }, { additionalProperties: false })

export const MembershipSchema = Type.Object({
  isMuted: Type.Optional(Type.Boolean()),
  isBlocked: Type.Optional(Type.Boolean({ description: 'In direct conversations only.' })),
}, { additionalProperties: false, minProperties: 1, examples: [{ isMuted: true }] })
export type Membership = Static<typeof MembershipSchema>

export const ConversationResponseSchema = Type.Object({ conversation: ConversationSchema })
export const OpenedDirectSchema = Type.Object({ conversation: ConversationSchema, created: Type.Boolean() })
export const ConversationsResponseSchema = Type.Object({ conversations: Type.Array(ConversationSchema), ...pageFields })
