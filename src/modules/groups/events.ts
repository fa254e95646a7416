import type { Joined, Left } from './queries.ts'

declare module '../../events.ts' {
  interface DomainEvents {
    'member.joined': Joined
    'member.left': Left
    /** A join or leave that changed nothing: the answer to the first one may have been lost, and its news too. */
    'membership.repeated': { userId: string }
  }
}
export {}
