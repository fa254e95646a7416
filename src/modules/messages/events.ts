import { Type, type Static } from '@sinclair/typebox'
import {
  conversationVersion, domainEvent, ownVersion, toConversation, type Audience, type PayloadsOf,
} from '../../events.ts'
import { changeFields, Count, Uuid } from '../../lib/schemas.ts'
import { MessageSchema, ReactionChangeSchema, ReactionSummarySchema } from './schemas.ts'

const NewMessageEventSchema = Type.Object({ ...changeFields, message: MessageSchema }, {
  description: 'A message in one of the person\'s conversations, their own included.',
})

const DeletedEventSchema = Type.Object({ ...changeFields, messageId: Uuid(), seq: Count('The message\'s number.') }, {
  description: 'A message was deleted for everyone.',
})

const ReactionEventSchema = Type.Object({
  ...changeFields,
  messageId: Uuid(),
  seq: Count('The message\'s number.'),
  reactions: Type.Array(ReactionSummarySchema, { description: 'All that the message has now.' }),
  changes: Type.Array(ReactionChangeSchema),
}, { description: 'People reacted to a message. What comes in a short time comes in one event.' })

const readFields = {
  ...changeFields,
  messageId: Uuid('The newest message read; all before it are read as well.'),
  seq: Count('That message\'s number.'),
  userId: Uuid('Who has read.'),
}

const StatusEventSchema = Type.Object({ ...readFields, status: Type.Literal('read', { examples: ['read'] }) }, {
  description: 'Somebody has read. In groups only their own devices are told.',
})

const ReadSchema = Type.Object({
  ...readFields,
  type: Type.Unsafe<'direct' | 'group'>(Type.String({ enum: ['direct', 'group'] })),
  ownVersion: Count(),
})

/** In a group, what one has read is nobody else's business. */
function readers ({ type, conversationId, userId }: Omit<Static<typeof ReadSchema>, 'ownVersion'>): Audience {
  return type === 'direct' ? { conversationId } : { userIds: [userId] }
}

export const messageEvents = {
  'message.sent': domainEvent({
    payload: NewMessageEventSchema,
    audience: toConversation,
    carries: conversationVersion,
    wire: { name: 'message:new', payload: NewMessageEventSchema },
  }),

  /** Everything up to `seq` is read; `messageId` is the newest message of others that this covers. */
  'messages.read': domainEvent({
    payload: ReadSchema,
    audience: readers,
    // In a group it is no new version.
    carries: read => [...read.type === 'direct' ? conversationVersion(read) : [], ...ownVersion(read)],
    wire: {
      name: 'message:status',
      payload: StatusEventSchema,
      copies ({ type, ownVersion, ...read }) {
        return [{ to: readers({ type, ...read }), payload: { ...read, status: 'read' as const } }]
      },
    },
  }),

  'message.reacted': domainEvent({
    payload: ReactionEventSchema,
    audience: toConversation,
    carries: conversationVersion,
    wire: { name: 'message:reaction', payload: ReactionEventSchema },
  }),

  'message.deleted': domainEvent({
    payload: DeletedEventSchema,
    audience: toConversation,
    carries: conversationVersion,
    wire: { name: 'message:deleted', payload: DeletedEventSchema },
  }),
}

declare module '../../events.ts' {
  interface DomainEvents extends PayloadsOf<typeof messageEvents> {}
}
