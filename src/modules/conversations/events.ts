interface OwnChange { conversationId: string, version: number, userId: string, ownVersion: number }

declare module '../../events.ts' {
  interface DomainEvents {
    'conversation.opened': { conversationId: string, version: number, userIds: string[] }
    /** Something that only this person sees: what they muted, hid or blocked. */
    'membership.changed': OwnChange
    'block.changed': OwnChange
  }
}
export {}
