import type { InferSelectModel } from 'drizzle-orm'
import { toIso, toIsoOrNull } from '../../lib/rows.ts'
import type { Viewer } from '../membership/public.ts'
import type { conversations, participants } from '../membership/tables.ts'
import { toMessage, type SeenMessageRow } from '../messages/rows.ts'
import { toUser, type PublicUserRow } from '../users/rows.ts'
import type { Conversation, OwnSide } from './schemas.ts'

/** The columns that a `Conversation` is made of, and of one's own side of it. */
export const conversationKeys = [
  'id', 'type', 'name', 'icon', 'iconBg', 'about', 'lastSeq', 'historyFromSeq', 'version', 'blockers', 'createdAt',
] as const
export const ownKeys = [
  'userId', 'conversationId', 'isMuted', 'visibleFromSeq', 'lastReadSeq', 'ownVersion', 'lastReadAt',
] as const

/** One conversation as one of its members sees it. */
export interface ConversationRow {
  conversation: Pick<InferSelectModel<typeof conversations>, typeof conversationKeys[number]>
  own: Pick<InferSelectModel<typeof participants>, typeof ownKeys[number]>
  /** When something last happened in it, for this member. */
  activeAt: string
  /** How far the other side of a direct conversation has read. */
  otherReadSeq: number | null
  otherUser: PublicUserRow | null
  lastMessage: SeenMessageRow | null
  unreadCount: number
  /** Whether the viewer has blocked the other side. */
  isBlocked: boolean
}

export function viewerOf ({ conversation, own, otherReadSeq }: ConversationRow): Viewer {
  const floor = Math.max(own.visibleFromSeq, conversation.historyFromSeq)
  return { id: own.userId, readSeq: own.lastReadSeq, otherReadSeq, floor }
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
    updatedAt: toIso(row.activeAt),
    lastSeq: conversation.lastSeq,
    version: conversation.version,
    unreadCount: row.unreadCount,
    isMuted: own.isMuted,
    isBlocked: row.isBlocked,
    lastReadAt: toIsoOrNull(own.lastReadAt),
    lastMessage: lastMessage && toMessage(lastMessage, viewerOf(row)),
    otherUser: otherUser && toUser(otherUser, { presenceHidden: conversation.blockers > 0 }),
  }
}

export function toOwnSide ({ own, unreadCount, isBlocked }: ConversationRow): OwnSide {
  return {
    conversationId: own.conversationId,
    isMuted: own.isMuted,
    isBlocked,
    unreadCount,
    lastReadSeq: own.lastReadSeq,
    lastReadAt: toIsoOrNull(own.lastReadAt),
  }
}
