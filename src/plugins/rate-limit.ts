import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyPluginAsync, FastifyRequest, RouteShorthandOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { RateLimited } from '../errors.ts'
import { createKeyedQueue } from '../lib/keyed-queue.ts'
import { limitsIn } from '../lib/shared-limits.ts'

type RouteConfig = Pick<RouteShorthandOptions, 'config'>

declare module 'fastify' {
  interface FastifyInstance {
    /** Route options with a limit of its own: a fraction of RATE_LIMIT_MAX, counted apart from the rest. */
    tighterLimit(fraction: number): RouteConfig
    /** Counts a socket event against the same budget as the person's requests; answers in the order of the calls. Throws RATE_LIMITED. */
    limitSocketEvent(userId: string): Promise<void>
  }
}

interface Caller { user: { sub: string } | null, ip: string }

/** A signed-in person, else an address (IPv6: its /64). */
const callerKey = (caller: Caller) => caller.user?.sub ?? normalizeIP(caller.ip)

const limits: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  const max = config.RATE_LIMIT_MAX
  if (max === 0) {
    app.decorate('tighterLimit', () => ({}))
    app.decorate('limitSocketEvent', async () => {})
    return
  }

  await app.register(rateLimit, {
    max,
    timeWindow: 60_000,
    cache: 100_000,
    ...app.redis && { store: limitsIn(app.redis.commands) },
    keyGenerator: request => callerKey(request),
    errorResponseBuilder: (_request, { ttl }) => new RateLimited(Math.ceil(ttl / 1000)),
  })
  app.decorate('tighterLimit', fraction => ({ config: { rateLimit: { max: Math.max(1, Math.floor(max * fraction)) } } }))

  const count = app.createRateLimit()
  const inTurn = createKeyedQueue()
  // One at a time: what the limiter answers is changed by the next call, even before it is read.
  app.decorate('limitSocketEvent', userId => inTurn(userId, async () => {
    // The limiter reads no more of a request than this.
    const caller = { user: { sub: userId }, routeOptions: { config: {} } } as unknown as FastifyRequest
    const result = await count(caller)
    if (!result.isAllowed && result.isExceeded) throw new RateLimited(result.ttlInSeconds)
  }))
}

export default fp(limits, { name: 'rate-limit', dependencies: ['authenticate', 'redis'] })
