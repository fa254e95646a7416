import type { Message } from './schemas.ts'

declare module '../../events.ts' {
  interface DomainEvents {
    'message.sent': { message: Message }
    /** Everything up to `seq` is read; `messageId` is the newest message of others that this covers. */
    'messages.read': {
      conversationId: string,
      type: 'direct' | 'group',
      version: number,
      userId: string,
      ownVersion: number,
      messageId: string,
      seq: number,
    }
    'message.deleted': { conversationId: string, version: number, messageId: string, seq: number }
  }
}
export {}
