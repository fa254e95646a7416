import type { Answer } from './api.ts'
import { Timeline, type Told } from './timeline.ts'
import type { Conversation, Me, Message, ServerEvents } from './types.ts'

/**
 * A conversation as the server showed it at `version`, its messages from the oldest one loaded, and how far they were
 * read since, wherever that was.
 */
export interface Held { version: number, conversation: Conversation, timeline: Timeline, readSeq: number }

/** An event that says which version it makes of something, whether this client knows it or not. */
export interface VersionedEvent { name: string, conversationId?: string, version?: number, ownVersion?: number }

type Known<Name extends keyof ServerEvents> = { name: Name } & ServerEvents[Name]

function is<Name extends keyof ServerEvents> (event: VersionedEvent, name: Name): event is Known<Name> {
  return event.name === name
}

export interface Watcher {
  /** A conversation shows something else. */
  changed (conversationId: string): void
  /**
   * A message is in its place that is new, and not there only because its conversation is: that of a group
   * joined has a past. It is neither read elsewhere already nor muted.
   */
  arrived (message: Message): void
  /** An own message is in its place. */
  confirmed (message: Message): void
  left (conversationId: string): void
  /** One's own profile was changed, on this device or another one. */
  profileChanged (profile: Me): void
}

type OwnSide = Answer<'sync'>['own']['conversations'][number]

const withoutSkinTone = (emoji: string) => emoji.replace(/[\u{1F3FB}-\u{1F3FF}]/gu, '').replaceAll('\uFE0F', '')

/** A person has an emoji in one skin tone at most. */
function changeReactions (reactions: string[], { emoji, on }: { emoji: string, on: boolean }): string[] {
  const others = reactions.filter(other => withoutSkinTone(other) !== withoutSkinTone(emoji))
  return on ? [...others, emoji] : others
}

/** Counted no further. */
const mostUnread = 1_000

/** What the server has told one person: a copy that only grows truer. Knows no network. */
export class Replica {
  readonly held = new Map<string, Held>()
  ownVersion: number | undefined
  /** Whether everything was here once: what comes later is news. */
  #hasCaughtUp = false
  /** Taken in, but not yet told of. */
  #news: Message[] = []
  readonly #userId: string
  readonly #watcher: Watcher

  constructor (userId: string, watcher: Watcher) {
    this.#userId = userId
    this.#watcher = watcher
  }

  get versions (): Record<string, number> {
    return Object.fromEntries([...this.held].map(([id, { version }]) => [id, version]))
  }

  /** Takes in an answer of `/sync`. Returns whether more remains to be asked for. */
  apply ({ changed, left, own, ownVersion }: Answer<'sync'>): boolean {
    const remains = changed.map(change => this.#applyChange(change))
    for (const id of left) {
      this.held.delete(id)
      this.#watcher.left(id)
    }
    for (const side of own.conversations) this.#applyOwnSide(side)
    this.#announce()
    if (own.profile) this.#watcher.profileChanged(own.profile)
    this.ownVersion = ownVersion
    const isMore = remains.includes(true)
    this.#hasCaughtUp ||= !isMore
    return isMore
  }

  /** Other than what all members see, this has no version that an event may have passed. */
  #applyOwnSide ({ conversationId, isMuted, isBlocked, lastReadSeq, lastReadAt }: OwnSide): void {
    const known = this.held.get(conversationId)
    if (!known) return
    known.readSeq = lastReadSeq
    known.conversation = { ...known.conversation, isMuted, isBlocked, lastReadAt }
    this.#watcher.changed(conversationId)
  }

  #applyChange ({ conversation, messages, limited }: Answer<'sync'>['changed'][number]): boolean {
    const known = this.held.get(conversation.id)
    // Announced only: its messages come with another answer.
    const isPostponed = limited && messages.length === 0
    if (!known && isPostponed) return true
    // Of one that was not known, the newest page comes.
    const held = known ?? { version: 0, conversation, timeline: new Timeline(messages[0]?.seq ?? 1), readSeq: 0 }
    if (conversation.version >= held.version) held.conversation = conversation
    const isNews = known !== undefined || (this.#hasCaughtUp && conversation.type === 'direct')
    for (const message of messages as Told[]) this.#add(held, message, isNews)
    const versions = known && limited ? messages.map(message => message.version) : [conversation.version]
    held.version = Math.max(held.version, ...versions)
    this.held.set(conversation.id, held)
    this.#watcher.changed(conversation.id)
    // Of one that was not known, older messages are loaded on demand.
    return limited && known !== undefined
  }

  #add ({ timeline }: Held, told: Told, isNews: boolean): void {
    const isNew = told.seq > timeline.last
    timeline.add(told)
    if (told.deletedAt !== null) return
    const message = told as Message
    if (message.senderId === this.#userId) this.#watcher.confirmed(message)
    else if (isNew && isNews) this.#news.push(message)
  }

  /** When all is taken in: what came with a message may say that it was read elsewhere, or is muted. */
  #announce (): void {
    for (const message of this.#news.splice(0)) {
      const { conversation, readSeq } = this.held.get(message.conversationId)!
      const isRead = message.status === 'read' || message.seq <= readSeq
      if (!isRead && !conversation.isMuted) this.#watcher.arrived(message)
    }
  }

  /**
   * Takes in an event that is the next in its conversation, or old. Any other is a reason to call `/sync`, and so is
   * one that is not known here: false.
   */
  take (event: VersionedEvent): boolean {
    const { conversationId = '', version = Infinity } = event
    const known = this.held.get(conversationId)
    // In a group it has no version of its own.
    const isOwnReading = is(event, 'message:status') && event.userId === this.#userId
    if (isOwnReading || !known || version > known.version + 1) return false
    if (version <= known.version) return true
    if (is(event, 'message:new') && event.message.deletedAt === null) this.#addMessage(known, event.message)
    else if (is(event, 'message:status')) this.#noteReading(known, event)
    else if (is(event, 'message:reaction')) this.#noteReactions(known, event)
    else return false
    this.#watcher.changed(conversationId)
    this.#announce()
    return true
  }

  #addMessage (known: Held, message: Message): void {
    const { conversation } = known
    const isOwn = message.senderId === this.#userId
    known.version = message.version
    known.conversation = {
      ...conversation,
      version: message.version,
      lastSeq: message.seq,
      updatedAt: message.createdAt,
      lastMessage: message,
      unreadCount: isOwn ? conversation.unreadCount : Math.min(conversation.unreadCount + 1, mostUnread),
    }
    this.#add(known, message, true)
  }

  /** Somebody else has read in a direct conversation, so what they read is one's own. */
  #noteReading (known: Held, { version, seq }: ServerEvents['message:status']): void {
    known.timeline.read(this.#userId, seq)
    this.#noteVersion(known, version)
  }

  #noteReactions (known: Held, { version, seq, reactions, changes }: ServerEvents['message:reaction']): void {
    const message = known.timeline.get(seq)
    if (message && message.status !== 'deleted') {
      const own = changes.filter(({ userId }) => userId === this.#userId)
      const myReactions = own.reduce(changeReactions, message.myReactions ?? [])
      known.timeline.add({ ...message, version, reactions, myReactions })
    }
    this.#noteVersion(known, version)
  }

  /** Something in the timeline is another, and the last message may be that. */
  #noteVersion (known: Held, version: number): void {
    known.version = version
    const { lastMessage } = known.conversation
    // One that is deleted is the last no more.
    const last = known.timeline.get(lastMessage?.seq ?? 0) as Message | undefined
    known.conversation = { ...known.conversation, version, lastMessage: last ?? lastMessage }
  }

  /** Takes in messages that were missing. */
  fill (id: string, messages: Told[]): void {
    const known = this.held.get(id)
    for (const message of known ? messages : []) this.#add(known!, message, true)
    this.#watcher.changed(id)
    this.#announce()
  }

  /** An own message that was answered is shown at once; in its place it is when all before it is known. */
  land (message: Message): void {
    const known = this.held.get(message.conversationId)
    if (!known || message.deletedAt !== null) return
    known.timeline.land(message)
    this.#watcher.changed(message.conversationId)
  }

  /** Somebody came or went. */
  notePresence (userId: string, isOnline: boolean, lastActive: string | null): void {
    for (const [id, known] of this.held) {
      const { otherUser } = known.conversation
      if (otherUser?.id !== userId || (otherUser.isOnline === isOnline && otherUser.lastActive === lastActive)) continue
      known.conversation = { ...known.conversation, otherUser: { ...otherUser, isOnline, lastActive } }
      this.#watcher.changed(id)
    }
  }
}
