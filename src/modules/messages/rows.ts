import type { InferSelectModel } from 'drizzle-orm'
import { toIso, toIsoOrNull } from '../../lib/rows.ts'
import type { Message } from './schemas.ts'
import type { messages } from './tables.ts'

export type MessageRow = InferSelectModel<typeof messages>

/** Who looks, and how far each side of a direct conversation has read; what `status` is derived from. */
export interface Reading {
  viewerId: string
  ownReadSeq: number
  /** Null in groups, where messages stay `sent`. */
  otherReadSeq: number | null
}

function statusOf (row: MessageRow, { viewerId, ownReadSeq, otherReadSeq }: Reading): 'sent' | 'read' {
  if (otherReadSeq === null) return 'sent'
  return row.seq <= (row.senderId === viewerId ? otherReadSeq : ownReadSeq) ? 'read' : 'sent'
}

/** A deleted message keeps its place and loses its content; `hiddenAt` is when the viewer deleted it for themselves. */
export function toMessage (row: MessageRow, reading: Reading, hiddenAt: string | null = null): Message {
  const deletedAt = row.deletedAt ?? hiddenAt
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
    status: statusOf(row, reading),
    createdAt: toIso(row.createdAt),
    deletedAt: toIsoOrNull(deletedAt),
    deletedFor: row.deletedFor ?? (deleted ? 'self' : null),
  }
}
