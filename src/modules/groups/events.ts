import type { Joined, Left } from './queries.ts'

declare module '../../events.ts' {
  interface DomainEvents {
    'member.joined': Joined
    'member.left': Left
  }
}
export {}
