import type { Socket } from 'socket.io-client'
import type { Api } from './api.ts'
import type { Replica } from './replica.ts'

/** Who came or went while there was no connection is no change of a conversation: `/sync` does not tell it. */
export async function refreshPresence (api: Api, replica: Replica, socket: Pick<Socket, 'on' | 'off'>): Promise<void> {
  const heard = new Set<string>()
  const note = ({ userId }: { userId: string }) => { heard.add(userId) }
  socket.on('user:online', note)
  socket.on('user:offline', note)
  try {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = { limit: 100, ...cursor !== undefined && { cursor } }
      const { conversations, nextCursor } = await api.listConversations(page)
      for (const { otherUser } of conversations) {
        // What was heard meanwhile is newer.
        if (otherUser && !heard.has(otherUser.id)) {
          replica.notePresence(otherUser.id, otherUser.isOnline, otherUser.lastActive)
        }
      }
      cursor = nextCursor
    }
  } finally {
    socket.off('user:online', note)
    socket.off('user:offline', note)
  }
}
