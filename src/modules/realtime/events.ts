declare module '../../events.ts' {
  interface DomainEvents {
    /** A node has Redis again, which it had not for so many seconds. */
    'redis.returned': { seconds: number }
  }
}
export {}
