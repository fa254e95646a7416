import { Type, type Static } from '@sinclair/typebox'
import { Count, Nullable, pageFields, Timestamp, Uuid } from '../../lib/schemas.ts'
import { MessageSchema } from '../messages/schemas.ts'
import { UserSchema } from '../users/schemas.ts'

export const ConversationSchema = Type.Object({
  id: Uuid(),
  type: Type.Unsafe<'direct' | 'group'>(Type.String({ enum: ['direct', 'group'], examples: ['direct'] })),
  name: Nullable(
    Type.String({ description: 'Of the group; null in direct conversations, as are the next three.', examples: [null] })
  ),
  icon: Nullable(Type.String({ examples: [null] })),
  iconBg: Nullable(Type.String({ examples: [null] })),
  about: Nullable(Type.String({ examples: [null] })),
  createdAt: Timestamp(),
  updatedAt: Timestamp('Of the last activity, or of one\'s own joining if that is later: the list is in this order.'),
  lastSeq: Count('The number of the last message.'),
  version: Count('Grows with every change that a member can see.'),
  unreadCount: Type.Integer({
    minimum: 0, maximum: 1000, description: 'Counted up to 1000 and no further.', examples: [0],
  }),
  isMuted: Type.Boolean({ examples: [false] }),
  isBlocked: Type.Boolean({
    description: 'Whether the signed-in person has blocked the other side.', examples: [false],
  }),
  lastReadAt: Nullable(Timestamp()),
  lastMessage: Nullable(MessageSchema),
  otherUser: Nullable(UserSchema),
}, { title: 'Conversation' })
export type Conversation = Static<typeof ConversationSchema>

const { isMuted, isBlocked, unreadCount, lastReadAt } = ConversationSchema.properties

/** What only one person sees of a conversation. */
export const OwnSideSchema = Type.Object({
  conversationId: Uuid(),
  isMuted,
  isBlocked,
  unreadCount,
  lastReadSeq: Count('Everything up to this number is read.'),
  lastReadAt,
}, { title: 'OwnSide' })
export type OwnSide = Static<typeof OwnSideSchema>

export const OpenDirectSchema = Type.Object({ userId: Uuid('The other person.') }, {
  title: 'OpenDirect', additionalProperties: false,
})

export const MembershipSchema = Type.Object({
  isMuted: Type.Optional(Type.Boolean({ examples: [true] })),
  isBlocked: Type.Optional(Type.Boolean({ description: 'In direct conversations only.', examples: [false] })),
}, { title: 'Membership', additionalProperties: false, minProperties: 1, examples: [{ isMuted: true }] })
export type Membership = Static<typeof MembershipSchema>

export const ConversationResponseSchema = Type.Object({
  conversation: ConversationSchema,
}, { title: 'ConversationResponse' })
export const OpenedDirectSchema = Type.Object({
  conversation: ConversationSchema, created: Type.Boolean({ examples: [true] }),
}, { title: 'OpenedDirect' })
export const ConversationsResponseSchema = Type.Object({
  conversations: Type.Array(ConversationSchema), ...pageFields,
}, { title: 'ConversationsResponse' })
export const OpenedConversationSchema = Type.Object({
  conversation: ConversationSchema, messages: Type.Array(MessageSchema), ...pageFields,
}, { title: 'OpenedConversation' })
