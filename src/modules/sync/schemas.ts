import { Type, type Static } from '@sinclair/typebox'
import { Count, exampleGroupId, Nullable, Uuid } from '../../lib/schemas.ts'
import { ConversationSchema, OwnSideSchema } from '../conversations/schemas.ts'
import { MessageSchema } from '../messages/schemas.ts'
import { MeSchema } from '../users/schemas.ts'

export const SyncRequestSchema = Type.Object({
  conversations: Type.Record(Type.String({
    format: 'uuid', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  }), Count('The version the client has seen.'), {
    additionalProperties: false,
    maxProperties: 5000,
    description: 'What the client has, by conversation id.',
    examples: [{ [exampleGroupId]: 0 }],
  }),
  ownVersion: Type.Optional(Count('The `ownVersion` of the answer before. With it, what the same person did ' +
    'elsewhere (read in a group, muted, hid a message, changed their profile) is a change too.', 0)),
}, { title: 'SyncRequest', additionalProperties: false })
export type SyncRequest = Static<typeof SyncRequestSchema>

const { id, seq, version, deletedAt, deletedFor } = MessageSchema.properties

export const TombstoneSchema = Type.Object({ id, seq, version, deletedAt, deletedFor }, {
  title: 'Tombstone', description: 'What is told of a deleted message.',
})
export type Tombstone = Static<typeof TombstoneSchema>

const ContentSchema = Type.Partial(
  Type.Omit(MessageSchema, ['id', 'seq', 'version', 'deletedAt', 'deletedFor']),
  { title: 'MessageContent', description: 'What a deleted message no longer has.' }
)

const ChangedMessageSchema = Type.Intersect([TombstoneSchema, ContentSchema], {
  title: 'ChangedMessage', description: 'A message, or of a deleted one only what is required here.',
})

const ChangedConversationSchema = Type.Object({
  conversation: ConversationSchema,
  messages: Type.Array(ChangedMessageSchema, {
    description: 'What changed, oldest change first. Deleted messages are `{ id, seq, version, deletedAt, ' +
      'deletedFor }`.',
  }),
  limited: Type.Boolean({
    description: 'More remain: ask again with the last version received. For a conversation that was not given: ' +
      'older messages exist, to be paged on demand.',
    examples: [false],
  }),
}, { title: 'ChangedConversation' })

const OwnChangesSchema = Type.Object({
  conversations: Type.Array(OwnSideSchema, { description: 'One\'s own side of those where it changed.' }),
  // Null if it did not change.
  profile: Nullable(MeSchema),
}, {
  title: 'OwnChanges',
  description: 'What only this person sees and has changed since the given `ownVersion`; without one, nothing.',
})

export const SyncResponseSchema = Type.Object({
  changed: Type.Array(ChangedConversationSchema),
  left: Type.Array(Uuid(), { description: 'The given conversations that the person is not (or no longer) in.' }),
  own: OwnChangesSchema,
  ownVersion: Count('Give it back with the next call.'),
}, { title: 'SyncResponse' })
