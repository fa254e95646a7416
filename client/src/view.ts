import type { Draft, Refusal } from './draft.ts'
import type { Outbox } from './outbox.ts'
import type { ReadMarks } from './read-marks.ts'
import type { Held } from './replica.ts'
import type { Deleted } from './timeline.ts'
import type { Conversation, Message } from './types.ts'
import type { Typing } from './typing.ts'

/** An own message that is not confirmed: on its way (`pending`), or refused (`failed`). */
export interface Pending {
  status: 'pending' | 'failed'
  id: null
  seq: null
  clientMessageId: string
  conversationId: string
  senderId: string
  text: string | null
  imageUrl: string | null
  createdAt: string
  /** Why it was refused. */
  error: Refusal | null
}

/** What a conversation shows at one place. `status` says which it is. */
export type ShownMessage = Message | Deleted | Pending

/** A conversation as a messenger shows it. Never changes: what changed is another one. */
export interface ShownConversation extends Omit<Conversation, 'lastMessage'> {
  /** In order of `seq`, what is not confirmed at the end; from the oldest one loaded. */
  readonly messages: readonly ShownMessage[]
  /** Whether there are older messages than the first one here. */
  readonly hasOlder: boolean
  readonly lastMessage: Message | Pending | null
  /** Ids of those who are typing. */
  readonly typing: readonly string[]
}

function toPending ({ clientMessageId, conversationId, senderId, text, imageUrl, createdAt, error }: Draft): Pending {
  return {
    status: error ? 'failed' : 'pending',
    id: null,
    seq: null,
    clientMessageId,
    conversationId,
    senderId,
    text: text ?? null,
    imageUrl: imageUrl ?? null,
    createdAt,
    error: error ?? null,
  }
}

export function show (held: Held, {
  outbox, readMarks, typing,
}: { outbox: Outbox, readMarks: ReadMarks, typing: Typing }): ShownConversation {
  const { conversation, timeline } = held
  const pending = outbox.of(conversation.id).map(toPending)
  return {
    ...conversation,
    messages: [...timeline.shown(), ...pending],
    hasOlder: timeline.hasOlder,
    lastMessage: pending.at(-1) ?? conversation.lastMessage,
    unreadCount: readMarks.unreadOf(held),
    typing: typing.in(conversation.id),
  }
}
