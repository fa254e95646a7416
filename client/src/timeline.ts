import type { Message } from './types.ts'

/** Of a deleted message nothing remains but that there was one. */
export interface Deleted {
  status: 'deleted', id: string, seq: number, version: number, deletedAt: string, deletedFor: 'self' | 'everyone',
}

export type Kept = Message | Deleted

/** A message as the API or an event tells it; of a deleted one perhaps no more than that. */
export type Told = Message | Omit<Deleted, 'status'>

function toKept (told: Told): Kept {
  const { id, seq, version, deletedAt, deletedFor } = told
  return deletedAt === null
    ? told as Message
    : { status: 'deleted', id, seq, version, deletedAt, deletedFor: deletedFor! }
}

/** What two accounts of one message say together, whichever came first: the newer counts, and deleted is deleted. */
function merge (one: Kept | undefined, other: Kept): Kept {
  if (!one) return other
  const [older, newer] = other.version < one.version ? [other, one] : [one, other]
  return older.status === 'deleted' && newer.status !== 'deleted' ? older : newer
}

/** The messages of one conversation from a number on, in the order of their numbers. */
export class Timeline {
  #messages: Kept[] = []
  #first: number
  /** Told of, but older than what is loaded: what is loaded later may be older news. */
  readonly #before = new Map<number, Kept>()
  /** Answered, but not yet in their place. */
  readonly #ahead = new Map<number, Message>()
  /** Up to where whose messages are read. */
  readonly #readUpTo = new Map<string, number>()

  /** All from `first` on is to be here, whether there is such a message yet or not. */
  constructor (first: number) {
    this.#first = first
  }

  get messages (): readonly Kept[] { return this.#messages }
  get first (): number { return this.#first }
  get hasOlder (): boolean { return this.#first > 1 }
  get last (): number { return this.#messages.at(-1)?.seq ?? 0 }

  get (seq: number): Kept | undefined {
    const place = this.#placeOf(seq)
    return this.#messages[place]?.seq === seq ? this.#messages[place] : undefined
  }

  /** In order, with own messages that were answered before all before them came. */
  shown (): Kept[] {
    const shown = [...this.#messages, ...this.#ahead.values()]
    return this.#ahead.size === 0 ? shown : shown.sort((a, b) => a.seq - b.seq)
  }

  add (told: Told): void {
    // All before it are then read as well, told or not.
    if ('senderId' in told && told.status === 'read') this.read(told.senderId, told.seq)
    const message = this.#withReading(toKept(told))
    const { seq } = message
    this.#ahead.delete(seq)
    if (seq < this.#first) this.#before.set(seq, merge(this.#before.get(seq), message))
    else if (seq > this.last) this.#messages.push(message)
    else this.#insert(message)
  }

  /** The page that ends before the first one. */
  addOlder (page: Told[]): void {
    const older = page.map(told => this.#withReading(merge(this.#before.get(told.seq), toKept(told))))
    for (const { seq } of older) this.#before.delete(seq)
    this.#messages.unshift(...older)
    this.#first = older[0]?.seq ?? this.#first
  }

  /** An own message that was answered: shown, though others before it may be on their way. */
  land (message: Message): void {
    if (message.seq > this.last) this.#ahead.set(message.seq, message)
  }

  /** All up to this number that somebody sent is read. */
  read (senderId: string, seq: number): void {
    if (seq <= (this.#readUpTo.get(senderId) ?? 0)) return
    this.#readUpTo.set(senderId, seq)
    for (let place = Math.min(this.#placeOf(seq), this.#messages.length - 1); place >= 0; place--) {
      const message = this.#messages[place]!
      if (message.status === 'read' && message.senderId === senderId) break
      this.#messages[place] = this.#withReading(message)
    }
  }

  /** The numbers on both sides of the first gap up to `lastSeq`. */
  gap (lastSeq: number): { afterSeq: number, beforeSeq: number } | undefined {
    if (this.#messages.length > lastSeq - this.#first) return undefined
    const place = this.#messages.findIndex(({ seq }, i) => seq !== this.#first + i)
    if (place < 0) return { afterSeq: this.#first + this.#messages.length - 1, beforeSeq: lastSeq + 1 }
    return { afterSeq: this.#first + place - 1, beforeSeq: this.#messages[place]!.seq }
  }

  #withReading (message: Kept): Kept {
    const isRead = message.status === 'sent' && message.seq <= (this.#readUpTo.get(message.senderId) ?? 0)
    return isRead ? { ...message, status: 'read' } : message
  }

  #insert (message: Kept): void {
    const place = this.#placeOf(message.seq)
    const known = this.#messages[place]!
    if (known.seq === message.seq) this.#messages[place] = merge(known, message)
    else this.#messages.splice(place, 0, message)
  }

  /** Where a number is, or would be. */
  #placeOf (seq: number): number {
    let [from, to] = [0, this.#messages.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#messages[middle]!.seq < seq) from = middle + 1
      else to = middle
    }
    return from
  }
}
