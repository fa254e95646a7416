import type { InferSelectModel } from 'drizzle-orm'
import { toIso, toIsoOrNull } from '../../lib/rows.ts'
import type { Viewer } from '../membership/public.ts'
import type { Message } from './schemas.ts'
import type { messages } from './tables.ts'

/** The columns that a `Message` is made of: each one more makes every page slower. */
export const messageKeys = [
  'id', 'conversationId', 'senderId', 'seq', 'version', 'text', 'imageUrl', 'clientMessageId', 'reactions',
  'createdAt', 'deletedAt', 'deletedFor',
] as const
export type MessageRow = Pick<InferSelectModel<typeof messages>, typeof messageKeys[number]>

/** As one person sees it; `hiddenAt` is when they deleted it for themselves. */
export type SeenMessageRow = MessageRow & { hiddenAt: string | null, myReactions: string[] | null }

function statusOf (row: MessageRow, { id, readSeq, otherReadSeq }: Viewer): 'sent' | 'read' {
  if (otherReadSeq === null) return 'sent'
  return row.seq <= (row.senderId === id ? otherReadSeq : readSeq) ? 'read' : 'sent'
}

/** A deleted message keeps its place and loses its content. */
export function toMessage (row: MessageRow & Partial<SeenMessageRow>, viewer: Viewer): Message {
  const deletedAt = row.deletedAt ?? row.hiddenAt ?? null
  const deleted = deletedAt !== null
  return {
    id: row.id,
    conversationId: row.conversationId,
    senderId: row.senderId,
    seq: row.seq,
    version: row.version,
    text: deleted ? null : row.text,
    imageUrl: deleted ? null : row.imageUrl,
    clientMessageId: row.clientMessageId,
    status: statusOf(row, viewer),
    reactions: deleted ? [] : row.reactions ?? [],
    ...row.myReactions !== undefined && { myReactions: deleted ? [] : row.myReactions ?? [] },
    createdAt: toIso(row.createdAt),
    deletedAt: toIsoOrNull(deletedAt),
    deletedFor: row.deletedFor ?? (deleted ? 'self' : null),
  }
}
