import type { Api } from './api.ts'
import { closed, ConvoError, isTemporary } from './errors.ts'
import type { Backoff } from './backoff.ts'
import type { Replica, VersionedEvent } from './replica.ts'
import type { Told } from './timeline.ts'
import type { Message } from './types.ts'

const pageSize = 100

interface Parts { api: Api, replica: Replica, backoff: Backoff, changed (conversationId: string): void }

/** Keeps the replica up to date: asks `/sync` until nothing remains, and fills what is missing in between. */
export class Synchroniser {
  readonly #parts: Parts
  #isStale = false
  #isClosed = false
  #running: Promise<void> | undefined
  #early: Array<() => void> = []

  constructor (parts: Parts) {
    this.#parts = parts
  }

  /** Resolves when no more is known to be missing; calls that come while one is under way share one more round. */
  sync (): Promise<void> {
    this.#isStale = true
    this.#running ??= this.#catchUp().finally(() => { this.#running = undefined })
    return this.#running
  }

  inBackground (): void {
    this.sync().catch(() => {})
  }

  /** Resolves when what is under way has ended. */
  async settled (): Promise<void> {
    await this.#running
  }

  close (): void {
    this.#isClosed = true
  }

  /** What is heard while `/sync` is asked may be older or newer than its answer, so it waits for that. */
  inTurn (takeIn: () => void): void {
    if (this.#running) this.#early.push(takeIn)
    else takeIn()
  }

  take (event: VersionedEvent): void {
    this.inTurn(() => this.#takeNow(event))
  }

  /** What an own send was answered with is as good as its event. */
  answered (message: Message): void {
    this.#parts.replica.land(message)
    const { conversationId, version } = message
    const event = { name: 'message:new', conversationId, version, message }
    this.take(event)
  }

  #takeNow (event: VersionedEvent): void {
    if (!this.#parts.replica.take(event)) this.inBackground()
  }

  async #catchUp (): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      await this.syncOnce()
      if (!this.#isStale) await this.#fillGaps()
      for (const takeIn of this.#early.splice(0)) takeIn()
    }
  }

  /** Asks once and takes in the answer; if more remains, the round goes on. */
  async syncOnce () {
    const { api, replica } = this.#parts
    const answer = await this.#insist(signal => api.sync(
      {
        conversations: replica.versions, ...replica.ownVersion !== undefined && { ownVersion: replica.ownVersion },
      }, { attempts: 1, signal }))
    if (replica.apply(answer)) this.#isStale = true
    return answer
  }

  /** Numbers without their messages: the server sends none of them, so this is a second net. */
  async #fillGaps (): Promise<void> {
    for (const [id, { conversation, timeline }] of this.#parts.replica.held) {
      for (let gap = timeline.gap(conversation.lastSeq); gap; gap = timeline.gap(conversation.lastSeq)) {
        const { messages } = await this.#load(id, gap)
        if (messages.length === 0) break
        this.#parts.replica.fill(id, messages)
      }
    }
  }

  /** Fetches the page before the oldest message. Returns whether there are older ones still. */
  async loadOlder (id: string): Promise<boolean> {
    const { timeline } = this.#parts.replica.held.get(id) ?? {}
    if (!timeline?.hasOlder) return false
    const beforeSeq = timeline.first
    const { messages, hasMore } = await this.#load(id, { beforeSeq })
    // Another call may have been faster.
    if (timeline.first === beforeSeq) timeline.addOlder(messages)
    this.#parts.changed(id)
    return hasMore
  }

  /** Of a conversation that is gone meanwhile there is nothing. */
  #load (
    id: string, range: { afterSeq?: number, beforeSeq?: number }
  ): Promise<{ messages: Told[], hasMore: boolean }> {
    const { api } = this.#parts
    return this.#insist(async signal => {
      try {
        return await api.listMessages({ id, ...range, limit: pageSize }, { attempts: 1, signal })
      } catch (error) {
        if (!(error instanceof ConvoError) || error.statusCode !== 404) throw error
        return { messages: [], hasMore: false }
      }
    })
  }

  /** Until it is answered. */
  async #insist<T> (ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { backoff } = this.#parts
    for (let attempt = 1; !this.#isClosed; attempt++) {
      try {
        return await ask(backoff.signal)
      } catch (error) {
        if (!isTemporary(error)) throw error
        await backoff.wait(attempt, error.retryAfter)
      }
    }
    throw closed()
  }
}
