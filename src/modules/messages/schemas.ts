import { Type, type Static } from '@sinclair/typebox'
import {
  Count, exampleId, exampleImageUrl, ImageUrl, Nullable, pageFields, Text, Timestamp, Uuid,
} from '../../lib/schemas.ts'
import { UserSchema } from '../users/schemas.ts'

const emoji = Type.String({ examples: ['👍'] })

export const ReactionSummarySchema = Type.Object({
  emoji,
  count: Type.Integer({ minimum: 1, examples: [1] }),
  userIds: Type.Array(Uuid(), { description: 'The first ones who gave it, three at most.' }),
}, { title: 'ReactionSummary', description: 'How often an emoji was given. Skin tones count as the same.' })
export type ReactionSummary = Static<typeof ReactionSummarySchema>

export const ReactionSchema = Type.Object({ user: UserSchema, emoji, createdAt: Timestamp() }, {
  title: 'Reaction', description: 'With the skin tone that the person chose.',
})
export type Reaction = Static<typeof ReactionSchema>

export const ReactionChangeSchema = Type.Object({
  userId: Uuid(), emoji, on: Type.Boolean({ description: 'Whether it was given, or taken back.', examples: [true] }),
}, { title: 'ReactionChange' })
export type ReactionChange = Static<typeof ReactionChangeSchema>

export const MessageSchema = Type.Object({
  id: Uuid(),
  conversationId: Uuid(),
  senderId: Uuid(),
  seq: Count('The message\'s number in its conversation: 1, 2, 3 … in commit order.'),
  version: Count('The conversation\'s version when the message last changed.'),
  text: Nullable(Type.String({ examples: ['Hello'] })),
  imageUrl: Nullable({ ...ImageUrl(), examples: [null] }),
  clientMessageId: Nullable(Uuid()),
  status: Type.Unsafe<'sent' | 'read'>(Type.String({
    enum: ['sent', 'read'],
    description: '`read` once the other side of a direct conversation has read up to it.',
    examples: ['sent'],
  })),
  reactions: Type.Array(ReactionSummarySchema, { description: 'The most given first.', examples: [[]] }),
  myReactions: Type.Optional(
    Type.Array(emoji, { description: 'In answers to one person: their own.', examples: [[]] })
  ),
  createdAt: Timestamp(),
  deletedAt: Nullable({ ...Timestamp(), examples: [null] }),
  deletedFor: Type.Unsafe<'self' | 'everyone' | null>({
    type: ['string', 'null'], enum: ['self', 'everyone', null], examples: [null],
  }),
}, { title: 'Message' })
export type Message = Static<typeof MessageSchema>

const content = {
  text: Type.Optional(Text({
    format: 'not-blank',
    minLength: 1,
    maxLength: 8192,
    description: 'With something to see in it: more than spaces, and what is of no width.',
    examples: ['Hello'],
  })),
  imageUrl: Type.Optional(
    Text({ minLength: 1, maxLength: 2048, description: 'From `POST /upload/image`.', examples: [exampleImageUrl] })
  ),
  clientMessageId: Type.Optional(Uuid('Makes sending repeatable: the same id again answers with the first message.')),
}

// No image in it: what nobody has uploaded cannot be sent.
const example = { text: 'Hello', clientMessageId: exampleId }

/** One of `text` and `imageUrl` at least: `requireContent` checks it. */
export const NewMessageSchema = Type.Object(content, {
  title: 'NewMessage', additionalProperties: false, examples: [example],
})
export type NewMessage = Static<typeof NewMessageSchema>

export const MessageSendSchema = Type.Object({
  conversationId: Uuid(), ...content,
}, { additionalProperties: false, examples: [{ conversationId: exampleId, ...example }] })
export const MessageReadSchema = Type.Object({ messageId: Uuid() }, { additionalProperties: false })

export const MessageResponseSchema = Type.Object({ message: MessageSchema }, { title: 'MessageResponse' })
export const MessagesResponseSchema = Type.Object({
  messages: Type.Array(MessageSchema), hasMore: pageFields.hasMore,
}, { title: 'MessagesResponse' })
export const ImageUploadedSchema = Type.Object({ imageUrl: ImageUrl() }, { title: 'ImageUploaded' })
export const ReactionsResponseSchema = Type.Object({
  reactions: Type.Array(ReactionSchema), ...pageFields,
}, { title: 'ReactionsResponse' })
