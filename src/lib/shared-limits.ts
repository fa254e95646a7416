import type { FastifyRateLimitOptions, FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import { atMost } from './cache-size.ts'

interface Budget { max: number, timeWindow: number, routeInfo?: { method?: string | string[], url?: string } }

/**
 * Of a caller's budget: the number of the next call, how many more a node may let pass without asking, and
 * until when (in ms).
 */
interface Portion { next: number, left: number, ends: number }

/** A node takes so much of a budget at once: asking Redis about each call would cost a third of a send. */
const portionOf = (max: number) => Math.max(1, Math.floor(max / 100))

/**
 * A store of @fastify/rate-limit that counts in Redis what callers do on any node; while that does
 * not answer, what they do on this one. What a node has taken and not used is not given back, so
 * a caller may be refused up to 1 % early for each node.
 */
export function limitsIn (redis: Redis): FastifyRateLimitStoreCtor {
  return class SharedLimits implements FastifyRateLimitStore {
    readonly #limiter: RateLimiterRedis
    readonly #max: number
    readonly #portions: LRUCache<string, Promise<Portion>>

    constructor (options: FastifyRateLimitOptions) {
      const { max, timeWindow, routeInfo } = options as Budget
      const budget = {
        keyPrefix: ['convo:limit', routeInfo?.method, routeInfo?.url].filter(Boolean).join(':'),
        points: max,
        duration: timeWindow / 1_000,
      }
      this.#max = max
      this.#portions = new LRUCache(atMost(100_000, timeWindow))
      this.#limiter = new RateLimiterRedis({
        ...budget, storeClient: redis, rejectIfRedisNotReady: true, insuranceLimiter: new RateLimiterMemory(budget),
      })
    }

    async #take (key: string): Promise<Portion> {
      const size = portionOf(this.#max)
      // What would be too much is thrown. Other faults are none of Redis, for which the memory stands in.
      const result = await this.#limiter.consume(key, size).catch((result: RateLimiterRes) => result)
      const { consumedPoints, msBeforeNext } = result
      const ends = Date.now() + msBeforeNext
      return consumedPoints > this.#max
        ? { next: this.#max + 1, left: Infinity, ends }
        : { next: consumedPoints - size + 1, left: size, ends }
    }

    /** Those who ask while a portion is on its way share it. */
    async #count (key: string): Promise<{ current: number, ttl: number }> {
      for (;;) {
        const taken = this.#portions.get(key) ?? this.#take(key)
        this.#portions.set(key, taken)
        const portion = await taken
        const ttl = portion.ends - Date.now()
        if (portion.left-- > 0 && ttl > 0) return { current: portion.next++, ttl }
        if (this.#portions.get(key) === taken) this.#portions.delete(key)
      }
    }

    incr (key: string, callback: Parameters<FastifyRateLimitStore['incr']>[1]): void {
      this.#count(key).then(result => callback(null, result), callback)
    }

    child (routeOptions: FastifyRateLimitOptions): SharedLimits {
      return new SharedLimits(routeOptions)
    }
  }
}
