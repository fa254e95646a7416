import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { Forbidden } from '../../errors.ts'
import { changeOwnSide, type OwnChange } from '../membership/public.ts'
import { changeMessage, type ChangeParts } from './change.ts'
import { requireMessage } from './select.ts'
import { hiddenMessages } from './tables.ts'

/** Takes a message back, once. Throws NOT_FOUND, and FORBIDDEN to others than its sender. */
export async function deleteForEveryone (
  { db, events }: ChangeParts, userId: string, messageId: string
): Promise<void> {
  const { senderId } = await requireMessage(db, userId, messageId)
  if (senderId !== userId) throw new Forbidden('Only its sender can delete a message for everyone.')
  const set = [sql`deleted_at = now()`, sql`deleted_for = 'everyone'`]
  const deleted = await changeMessage(db, messageId, set, sql`m.deleted_at IS NULL`)
  if (!deleted) return
  const { id, conversationId, version, seq } = deleted
  events.emit('message.deleted', { conversationId, version, messageId: id, seq })
}

/** Hides a message from one member, once. Throws NOT_FOUND. */
export async function deleteForSelf ({ db, events }: ChangeParts, userId: string, messageId: string): Promise<void> {
  const { id, conversationId, hiddenAt } = await requireMessage(db, userId, messageId)
  if (hiddenAt) return
  const change = await hide(db, userId, id, conversationId)
  if (change) events.emit('own.changed', change)
}

function hide (
  db: Database, userId: string, messageId: string, conversationId: string
): Promise<OwnChange | undefined> {
  return db.transaction(async db => {
    const change = await changeOwnSide(db, userId, conversationId)
    if (!change) return undefined
    await db.insert(hiddenMessages)
      .values({ userId, messageId, conversationId, ownVersion: change.ownVersion }).onConflictDoNothing()
    return change
  })
}
