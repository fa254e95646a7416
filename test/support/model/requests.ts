/** How a person's devices ask the server, and what of its answers a model can foretell. */
import { foreseeConversation, foreseeMessage, type Answer, type Draft } from './model.ts'
import type { Member } from './world.ts'

export interface Reply { status: number, body: any }

/** By another device of theirs, over the socket, or by the client that remembers. */
export type Way = 'http' | 'socket' | 'client'

async function ask ({ live }: Member, event: string, payload: object): Promise<Reply> {
  const reply = await live.socket.timeout(10_000).emitWithAck(event, payload)
  return reply.ok ? { status: 200, body: reply } : { status: reply.error.statusCode, body: reply.error }
}

export async function send (
  member: Member, way: Way, { conversationId, text, clientMessageId }: Draft
): Promise<Reply> {
  if (way === 'http') return member.person.post(`/conversations/${conversationId}/messages`, { text, clientMessageId })
  if (way === 'socket' && member.live.socket.connected) {
    return ask(member, 'message:send', { conversationId, text, clientMessageId })
  }
  return member.live.repeat({ conversationId, text, clientMessageId }).then(
    message => ({ status: 200, body: { message } }),
    ({ statusCode, code }) => ({ status: statusCode, body: { code } }))
}

export async function read (member: Member, way: Way, messageId: string): Promise<Reply> {
  if (way === 'socket' && member.live.socket.connected) return ask(member, 'message:read', { messageId })
  return member.person.post(`/messages/${messageId}/read`)
}

export function foresee ({ status, body: { code, message, conversation, messages } }: Reply): Answer {
  if (status >= 400) return { status, code }
  const shown = {
    ...message && { message: foreseeMessage(message) },
    ...conversation && { conversation: foreseeConversation(conversation) },
    ...messages && { messages: messages.map(foreseeMessage) },
  }
  return Object.keys(shown).length > 0 ? { status, shown } : { status }
}
