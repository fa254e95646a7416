import type { FastifyRateLimitOptions, FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'

interface Budget { max: number, timeWindow: number, routeInfo?: { method?: string | string[], url?: string } }

/** A store of @fastify/rate-limit that counts in Redis what callers do on any node; while that does not answer, what they do on this one. */
export function limitsIn (redis: Redis): FastifyRateLimitStoreCtor {
  return class SharedLimits implements FastifyRateLimitStore {
    readonly #limiter: RateLimiterRedis

    constructor (options: FastifyRateLimitOptions) {
      const { max, timeWindow, routeInfo } = options as Budget
      const budget = {
        keyPrefix: ['convo:limit', routeInfo?.method, routeInfo?.url].filter(Boolean).join(':'),
        points: max,
        duration: timeWindow / 1_000,
      }
      this.#limiter = new RateLimiterRedis({
        ...budget, storeClient: redis, rejectIfRedisNotReady: true, insuranceLimiter: new RateLimiterMemory(budget),
      })
    }

    incr (key: string, callback: Parameters<FastifyRateLimitStore['incr']>[1]): void {
      const answer = ({ consumedPoints, msBeforeNext }: RateLimiterRes) => callback(null, { current: consumedPoints, ttl: msBeforeNext })
      // What would be too much is thrown. Other faults are none of Redis, for which the memory stands in.
      this.#limiter.consume(key).then(answer, answer)
    }

    child (routeOptions: FastifyRateLimitOptions): SharedLimits {
      return new SharedLimits(routeOptions)
    }
  }
}
