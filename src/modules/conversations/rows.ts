import type { InferSelectModel } from 'drizzle-orm'
import { toIso, toIsoOrNull } from '../../lib/rows.ts'
import { toMessage, type MessageRow, type Reading } from '../messages/rows.ts'
import { toUser, type UserRow } from '../users/rows.ts'
import type { Conversation } from './schemas.ts'
import type { conversations, participants } from './tables.ts'

type OtherUser = Parameters<typeof toUser>[0] & Pick<UserRow, 'id'>

/** One conversation as one of its members sees it. */
export interface ConversationRow {
  conversation: InferSelectModel<typeof conversations>
  own: InferSelectModel<typeof participants>
  other: { lastReadSeq: number } | null
  otherUser: OtherUser | null
  lastMessage: MessageRow | null
  unreadCount: number
}

export function readingOf ({ own, other }: Pick<ConversationRow, 'own' | 'other'>): Reading {
  return { viewerId: own.userId, ownReadSeq: own.lastReadSeq, otherReadSeq: other?.lastReadSeq ?? null }
}

export function toConversation (row: ConversationRow): Conversation {
  const { conversation, own, otherUser, lastMessage } = row
  return {
    id: conversation.id,
    type: conversation.type,
    name: conversation.name,
    icon: conversation.icon,
    iconBg: conversation.iconBg,
    about: conversation.about,
    createdAt: toIso(conversation.createdAt),
    updatedAt: toIso(conversation.updatedAt),
    lastSeq: conversation.lastSeq,
    version: conversation.version,
    unreadCount: row.unreadCount,
    isMuted: own.isMuted,
    isBlocked: own.isBlocked,
    lastReadAt: toIsoOrNull(own.lastReadAt),
    lastMessage: lastMessage && toMessage(lastMessage, readingOf(row)),
    otherUser: otherUser && toUser(otherUser, { presenceHidden: conversation.blockers > 0 }),
  }
}
