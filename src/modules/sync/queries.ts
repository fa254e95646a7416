import { sql } from 'drizzle-orm'
import type { Database } from '../../db.ts'
import { selectConversations } from '../conversations/public.ts'
import { toConversation, toOwnSide, viewerOf, type ConversationRow } from '../conversations/rows.ts'
import { changedMemberships, type Viewer } from '../membership/public.ts'
import { changeLimit, listChangedMessages, newestLimit, type AskedChanges } from '../messages/public.ts'
import { toMessage, type SeenMessageRow } from '../messages/rows.ts'
import type { Message } from '../messages/schemas.ts'
import { requireMe } from '../users/public.ts'
import type { SyncRequest, Tombstone } from './schemas.ts'

/** How many conversations come with their messages in one answer; further ones are announced as limited. */
const conversationLimit = 100

interface Changed {
  conversation: ReturnType<typeof toConversation>
  messages: Array<Message | Tombstone>
  limited: boolean
}

/** What changed for the viewer since the versions given. */
export async function changesSince (db: Database, viewerId: string, request: SyncRequest) {
  const given = Object.fromEntries(
    Object.entries(request.conversations).map(([id, version]) => [id.toLowerCase(), version])
  )
  const {
    ownVersion, isProfileChanged, changed, left,
  } = await changedMemberships(db, viewerId, given, request.ownVersion)
  const ownSince = request.ownVersion ?? ownVersion
  const rows = await conversationsOf(db, viewerId, changed)
  const asked = rows.map((row, i) => {
    const { id } = row.conversation
    return { id, since: given[id], floor: viewerOf(row).floor, postponed: i >= conversationLimit }
  })
  const messages = await listChangedMessages(db, viewerId, asked, ownSince)
  return {
    changed: rows.map((row, i) => toChanged(row, asked[i]!, messages.get(row.conversation.id) ?? [])),
    left,
    own: {
      conversations: rows.filter(row => row.own.ownVersion > ownSince).map(toOwnSide),
      profile: isProfileChanged ? await requireMe(db, viewerId) : null,
    },
    ownVersion,
  }
}

async function conversationsOf (db: Database, viewerId: string, ids: string[]): Promise<ConversationRow[]> {
  if (ids.length === 0) return []
  const where = sql`own.conversation_id = ANY(${sql.param(ids)}::uuid[])`
  return selectConversations(db, viewerId, { where, limit: ids.length })
}

function toChanged (row: ConversationRow, { since, postponed }: AskedChanges, messages: SeenMessageRow[]): Changed {
  const changes = messages.filter(message => message.version > (since ?? -1))
  // What was hidden or read, rather than written, is beside the limit: it is not found again by version.
  const others = messages.filter(message => message.version <= (since ?? -1))
  const page = since === undefined ? changes.slice(-newestLimit) : changes.slice(0, changeLimit)
  const viewer = viewerOf(row)
  return {
    conversation: toConversation(row),
    messages: [...others, ...postponed ? [] : page].map(message => toEntry(message, viewer)),
    limited: postponed || changes.length > page.length,
  }
}

function toEntry (row: SeenMessageRow, viewer: Viewer): Message | Tombstone {
  const message = toMessage(row, viewer)
  if (message.deletedAt === null) return message
  const { id, seq, version, deletedAt, deletedFor } = message
  return { id, seq, version, deletedAt, deletedFor }
}
