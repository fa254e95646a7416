/**
 * What the server promises, in memory and one request after the other. It knows nothing of versions
 * that only one person has, of times and of ids of messages: those are compared between clients.
 */
import type { Conversation } from '../../../src/modules/conversations/schemas.ts'
import type { Message } from '../../../src/modules/messages/schemas.ts'
import { toKept, type Kept } from '../reference-client.ts'

interface Side { readSeq: number, isMuted: boolean, isBlocked: boolean }
interface Line {
  seq: number,
  version: number,
  senderId: string,
  text: string,
  clientMessageId: string,
  isDeleted: boolean,
  hiddenFrom: Set<string>,
}
interface Talk { isGroup: boolean, version: number, lines: Line[], sides: Map<string, Side> }

/** Which message: its number in its conversation. */
export type Place = Pick<Message, 'conversationId' | 'seq'>

/** What somebody wants to send. */
export interface Draft { conversationId: string, text: string, clientMessageId: string }

/** An answer, as far as it can be foretold. */
export interface Answer { status: number, code?: string, shown?: unknown }

const done: Answer = { status: 200 }
const notFound: Answer = { status: 404, code: 'NOT_FOUND' }

export class Model {
  readonly #talks = new Map<string, Talk>()

  addConversation (id: string, isGroup: boolean, members: string[]): void {
    this.#talks.set(id, { isGroup, version: 1, lines: [], sides: new Map(members.map(member => [member, newSide(0)])) })
  }

  send (who: string, { conversationId, text, clientMessageId }: Draft): Answer {
    const talk = this.#talkOf(who, conversationId)
    if (!talk) return notFound
    const first = talk.lines.find(line => line.senderId === who && line.clientMessageId === clientMessageId)
    if (first && first.text !== text) return { status: 409, code: 'CLIENT_MESSAGE_ID_REUSED' }
    if (first) return { status: 200, shown: { message: showMessage(talk, first, who) } }
    if ([...talk.sides.values()].some(side => side.isBlocked)) return { status: 403, code: 'BLOCKED' }
    const line = {
      seq: talk.lines.length + 1,
      version: ++talk.version,
      senderId: who,
      text,
      clientMessageId,
      isDeleted: false,
      hiddenFrom: new Set<string>(),
    }
    talk.lines.push(line)
    return { status: 201, shown: { message: showMessage(talk, line, who) } }
  }

  hide (who: string, place: Place): Answer {
    const line = this.#lineAt(who, place)
    line?.hiddenFrom.add(who)
    return line ? done : notFound
  }

  deleteForEveryone (who: string, place: Place): Answer {
    const line = this.#lineAt(who, place)
    if (!line) return notFound
    if (line.senderId !== who) return { status: 403, code: 'FORBIDDEN' }
    if (!line.isDeleted) line.version = ++this.#talks.get(place.conversationId)!.version
    line.isDeleted = true
    return done
  }

  read (who: string, { conversationId, seq }: Place): Answer {
    if (!this.#lineAt(who, { conversationId, seq })) return notFound
    this.#readUpTo(who, conversationId, seq)
    return done
  }

  open (who: string, id: string): Answer {
    const talk = this.#talkOf(who, id)
    if (!talk) return notFound
    this.#readUpTo(who, id, talk.lines.length)
    const messages = talk.lines.filter(line => !isGone(line, who)).map(line => showMessage(talk, line, who)).reverse()
    return { status: 200, shown: { conversation: showConversation(talk, who), messages } }
  }

  mute (who: string, id: string, isMuted: boolean): Answer {
    const talk = this.#talkOf(who, id)
    if (!talk) return notFound
    talk.sides.get(who)!.isMuted = isMuted
    return { status: 200, shown: { conversation: showConversation(talk, who) } }
  }

  block (who: string, id: string, isBlocked: boolean): Answer {
    const talk = this.#talkOf(who, id)
    if (!talk) return notFound
    if (talk.isGroup) return { status: 400, code: 'VALIDATION_FAILED' }
    const side = talk.sides.get(who)!
    if (side.isBlocked !== isBlocked) talk.version++
    side.isBlocked = isBlocked
    return { status: 200, shown: { conversation: showConversation(talk, who) } }
  }

  join (who: string, id: string): Answer {
    const talk = this.#talks.get(id)!
    if (!talk.sides.has(who)) {
      talk.version++
      talk.sides.set(who, newSide(talk.lines.length))
    }
    return { status: 200, shown: { conversation: showConversation(talk, who) } }
  }

  leave (who: string, id: string): Answer {
    const talk = this.#talks.get(id)!
    if (talk.sides.delete(who)) talk.version++
    return done
  }

  /** All that a person's clients show, by conversation. */
  shownTo (who: string) {
    const own = [...this.#talks].filter(([, talk]) => talk.sides.has(who))
    return Object.fromEntries(own.map(([id, talk]) =>
      [
        id,
        { conversation: showConversation(talk, who), messages: talk.lines.map(line => showMessage(talk, line, who)) },
      ]))
  }

  #talkOf (who: string, id: string): Talk | undefined {
    const talk = this.#talks.get(id)
    return talk?.sides.has(who) ? talk : undefined
  }

  #lineAt (who: string, { conversationId, seq }: Place): Line | undefined {
    return this.#talkOf(who, conversationId)?.lines[seq - 1]
  }

  /** Only what others have written is read, and what was read stays so. */
  #readUpTo (who: string, id: string, seq: number): void {
    const talk = this.#talks.get(id)!
    const side = talk.sides.get(who)!
    const newest = talk.lines.findLast(line => line.seq <= seq && line.senderId !== who)
    if (!newest || newest.seq <= side.readSeq) return
    side.readSeq = newest.seq
    if (!talk.isGroup) talk.version++
  }
}

const newSide = (readSeq: number): Side => ({ readSeq, isMuted: false, isBlocked: false })

const isGone = (line: Line, who: string) => line.isDeleted || line.hiddenFrom.has(who)

function isRead (talk: Talk, line: Line): boolean {
  return !talk.isGroup && [...talk.sides].some(([who, side]) => who !== line.senderId && line.seq <= side.readSeq)
}

function showMessage (talk: Talk, line: Line, who: string) {
  const { seq, version, senderId, text, clientMessageId } = line
  if (isGone(line, who)) return { seq, version, deletedFor: line.isDeleted ? 'everyone' : 'self' }
  return {
    seq, version, deletedFor: null, senderId, text, clientMessageId, status: isRead(talk, line) ? 'read' : 'sent',
  }
}

function showConversation (talk: Talk, who: string) {
  const { readSeq, isMuted, isBlocked } = talk.sides.get(who)!
  const shown = talk.lines.filter(line => !isGone(line, who))
  const unreadCount = shown.filter(line => line.seq > readSeq && line.senderId !== who).length
  const lastMessage = shown.length > 0 ? showMessage(talk, shown.at(-1)!, who) : null
  return { version: talk.version, lastSeq: talk.lines.length, unreadCount, isMuted, isBlocked, lastMessage }
}

/** Of a message of the server, what a model can foretell. */
export function foreseeMessage (message: Kept) {
  const { seq, version, deletedFor, ...content } = toKept(message) as Message
  if (deletedFor) return { seq, version, deletedFor }
  const { senderId, text, clientMessageId, status } = content
  return { seq, version, deletedFor, senderId, text, clientMessageId, status }
}

/** Of a conversation of the server, what a model can foretell. */
export function foreseeConversation ({ version, lastSeq, unreadCount, isMuted, isBlocked, lastMessage }: Conversation) {
  return { version, lastSeq, unreadCount, isMuted, isBlocked, lastMessage: lastMessage && foreseeMessage(lastMessage) }
}
