import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { Forbidden, NotFound } from '../../errors.ts'
import { changeOwnSide, lockOwnSide, type OwnChange } from '../membership/public.ts'
import { changeMessage, type ChangeParts } from './change.ts'
import { requireMessage } from './select.ts'
import { hiddenMessages, messageReactions } from './tables.ts'

/** Takes a message back, once. Throws NOT_FOUND, and FORBIDDEN to others than its sender. */
export async function deleteForEveryone (
  { db, events }: ChangeParts, userId: string, messageId: string
): Promise<void> {
  const { senderId } = await requireMessage(db, userId, messageId)
  if (senderId !== userId) throw new Forbidden('Only its sender can delete a message for everyone.')
  const deleted = await db.transaction(async db => {
    const set = [sql`deleted_at = now()`, sql`deleted_for = 'everyone'`, sql`reactions = NULL`]
    const deleted = await changeMessage(db, messageId, set, sql`m.deleted_at IS NULL`)
    await db.delete(messageReactions).where(eq(messageReactions.messageId, messageId))
    return deleted
  })
  if (!deleted) return
  const { id, conversationId, version, seq } = deleted
  events.emit('message.deleted', { conversationId, version, messageId: id, seq })
}

/** Hides a message from one member, once. Throws NOT_FOUND. */
export async function deleteForSelf ({ db, events }: ChangeParts, userId: string, messageId: string): Promise<void> {
  const change = await db.transaction(async db => {
    await lockOwnSide(db, userId)
    return hide(db, userId, messageId)
  })
  if (change) events.emit('own.changed', change)
}

async function hide (db: Database, userId: string, messageId: string): Promise<OwnChange | undefined> {
  const { conversationId, hiddenAt } = await requireMessage(db, userId, messageId)
  if (hiddenAt) return undefined
  const change = await changeOwnSide(db, userId, conversationId)
  if (!change) throw new NotFound('message')
  const { ownVersion } = change
  await db.insert(hiddenMessages).values({ userId, messageId, conversationId, ownVersion })
  return change
}
