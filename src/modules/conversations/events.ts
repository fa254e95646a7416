declare module '../../events.ts' {
  interface DomainEvents {
    'conversation.opened': { conversationId: string, version: number, userIds: string[] }
    /** Something that only this person sees: what they muted, hid or blocked. */
    'membership.changed': { conversationId: string, version: number, userId: string }
    'block.changed': { conversationId: string, version: number, userId: string }
  }
}
export {}
