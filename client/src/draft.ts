import type { ConvoError } from './errors.ts'

/** What somebody writes: text, an image, or both. */
export interface Content { text?: string, imageUrl?: string }

/** Why the server does not take a message. */
export type Refusal = Pick<ConvoError, 'statusCode' | 'code' | 'message'>

/** A message between being written and being answered. */
export interface Draft extends Content {
  clientMessageId: string
  conversationId: string
  senderId: string
  createdAt: string
  /** Why the server refused it. Then it is not sent again unless one says so. */
  error?: Refusal
}
