import { Type, type Static } from '@sinclair/typebox'
import type { ErrorBody } from '../../errors.ts'
import { Count, Nullable, Timestamp, Uuid } from '../../lib/schemas.ts'
import { MessageReadSchema, MessageSchema, MessageSendSchema, type Message } from '../messages/schemas.ts'
import { UserSchema } from '../users/schemas.ts'

const AboutConversation = Type.Object({ conversationId: Uuid() }, { additionalProperties: false })

/** What clients may send; every one may carry an acknowledgement. */
export const clientEvents = {
  join: Type.Object({ userId: Uuid('One\'s own id.') }, { additionalProperties: false }),
  'conversation:join': AboutConversation,
  'conversation:leave': AboutConversation,
  'typing:start': AboutConversation,
  'typing:stop': AboutConversation,
  'message:send': MessageSendSchema,
  'message:read': MessageReadSchema,
}

const conversationId = Uuid()
const userId = Uuid()
const version = Count('The conversation\'s version after this; a jump by more than one means that something was missed.')

/** What the server sends. */
export const serverEvents = {
  'user:online': Type.Object({ userId }),
  'user:offline': Type.Object({ userId, lastActive: Nullable(Timestamp()) }),
  'message:new': Type.Object({ conversationId, version, message: MessageSchema }),
  'message:status': Type.Object({
    conversationId, version, messageId: Uuid('The newest message read; all before it are read as well.'), seq: Count(), status: Type.Literal('read'), userId: Uuid('Who has read.'),
  }),
  'message:deleted': Type.Object({ conversationId, version, messageId: Uuid(), seq: Count() }),
  typing: Type.Object({ conversationId, userId, isTyping: Type.Boolean() }),
  'group:member-joined': Type.Object({ conversationId, version, user: UserSchema }),
  'group:member-left': Type.Object({ conversationId, version, userId }),
  'sync:required': Type.Object({ conversationId: Type.Optional(conversationId), version: Type.Optional(version) }),
}

interface Answers { 'message:send': { message: Message } }
type Answer<Name> = Name extends keyof Answers ? Answers[Name] : unknown

export type Acknowledgement<Name> = ({ ok: true } & Answer<Name>) | { ok: false, error: ErrorBody }

type ClientEvents = {
  [Name in keyof typeof clientEvents]: (payload: Static<typeof clientEvents[Name]>, ack?: (reply: Acknowledgement<Name>) => void) => void
}
type ServerEvents = { [Name in keyof typeof serverEvents]: (payload: Static<typeof serverEvents[Name]>) => void }

declare module '../../plugins/io.ts' {
  interface ClientToServerEvents extends ClientEvents {}
  interface ServerToClientEvents extends ServerEvents {}
}
