import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyPluginAsync, FastifyRequest, RouteShorthandOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { RateLimited } from '../errors.ts'
import { createKeyedMutex } from '../lib/keyed-mutex.ts'
import { limitsIn } from '../lib/shared-limits.ts'

type RouteConfig = Pick<RouteShorthandOptions, 'config'>

declare module 'fastify' {
  interface FastifyInstance {
    /** Route options with a limit of its own: a fraction of RATE_LIMIT_MAX, counted apart from the rest. */
    tighterLimit(fraction: number): RouteConfig
    /**
     * Counts what somebody does over a socket against the same budget as their requests; answers in the order
     * of the calls. Throws RATE_LIMITED.
     */
    limitCaller(caller: Caller): Promise<void>
    /** Counts a connection of a person, apart from the rest. Throws RATE_LIMITED. */
    limitConnection(userId: string): Promise<void>
    /** Whether there are limits at all. */
    readonly isLimited: boolean
  }
}

/** A person by their id, or anybody else by their address. */
export type Caller = { userId: string } | { address: string }

/** Requests and connections from the same one are from the same caller: of IPv6, a /64 is one. */
export const addressKey = (address: string) => normalizeIP(address)

/** What is counted and is no request. */
type Counted = Partial<FastifyRequest> & { key?: string }

// @fastify/jwt declares `user` as always there; without a valid token it is null.
const callerOf = ({ user, ip }: FastifyRequest): Caller =>
  (user as typeof user | null) ? { userId: user.sub } : { address: ip }
const keyOf = (caller: Caller) => 'userId' in caller ? caller.userId : addressKey(caller.address)

const limits: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  const max = config.RATE_LIMIT_MAX
  app.decorate('isLimited', max > 0)
  if (max === 0) {
    app.decorate('tighterLimit', () => ({}))
    app.decorate('limitCaller', async () => {})
    app.decorate('limitConnection', async () => {})
    return
  }

  await app.register(rateLimit, {
    max,
    timeWindow: 60_000,
    cache: 100_000,
    ...app.redis && { store: limitsIn(app.redis.commands) },
    keyGenerator: request => (request as Counted).key ?? keyOf(callerOf(request)),
    errorResponseBuilder: (_request, { ttl }) => new RateLimited(Math.ceil(ttl / 1000)),
  })
  app.decorate(
    'tighterLimit', fraction => ({ config: { rateLimit: { max: Math.max(1, Math.floor(max * fraction)) } } })
  )

  const count = app.createRateLimit()
  const inTurn = createKeyedMutex()
  // One at a time: what the limiter answers is changed by the next call, even before it is read.
  const take = (key: string) => inTurn(key, async () => {
    // The limiter reads no more of a request than this.
    const result = await count({ key, routeOptions: { config: {} } } as Counted as FastifyRequest)
    if (!result.isAllowed && result.isExceeded) throw new RateLimited(result.ttlInSeconds)
  })
  app.decorate('limitCaller', caller => take(keyOf(caller)))
  app.decorate('limitConnection', userId => take(`connection ${userId}`))
}

export default fp(limits, { name: 'rate-limit', dependencies: ['authenticate', 'redis'] })
