import type { Static, TSchema } from '@sinclair/typebox'
import type { EventBus } from './lib/event-bus.ts'

/** Whose sockets something concerns. */
export type Audience = 'everyone' | { conversationId: string } | { userIds: string[] }

/** Somebody's place in a conversation. */
export interface Membership { conversationId: string, userId: string }

/** What clients know once they heard an event: a conversation's version, a person's own, the end of a session. */
export type Carried = { conversationId: string, version: number } | { userId: string, version: number } |
  { sessionId: string }

/** What sockets hear. Without `except`, all of the audience; without `copies`, that audience hears the event itself. */
export interface WireEvent<Event, Payload extends TSchema> {
  name: string
  payload: Payload
  copies? (event: Event): Array<{ to: Audience, except?: string[], payload: Static<Payload> }>
}

/**
 * Something that happened, declared once beside the query that makes it happen. From it come the types of the bus,
 * what passes between nodes and its validation, what sockets hear, what counts as delivered, and the documentation.
 */
export interface DomainEvent<Payload extends TSchema = TSchema, WirePayload extends TSchema = TSchema> {
  payload: Payload
  /** Only nodes with a socket of the audience are told. */
  audience (event: Static<Payload>): Audience
  carries? (event: Static<Payload>): Carried[]
  /** Who hears a conversation from this event on, and who up to it. That they do is carried as well. */
  joins? (event: Static<Payload>): Membership[]
  leaves? (event: Static<Payload>): Membership[]
  wire?: WireEvent<Static<Payload>, WirePayload>
}

/** Declares an event, and infers its types. */
export function domainEvent<Payload extends TSchema, WirePayload extends TSchema> (
  event: DomainEvent<Payload, WirePayload>
): DomainEvent<Payload, WirePayload> {
  return event
}

/** The payloads of declared events by their names: what a module adds to `DomainEvents`. */
export type PayloadsOf<Events extends Record<string, { payload: TSchema }>> = {
  [Name in keyof Events]: Static<Events[Name]['payload']>
}

/** All events, named in the past tense and emitted after their commit. Modules add theirs by declaration merging. */
export interface DomainEvents {}

export type DomainEventBus = EventBus<DomainEvents>

export const toConversation = ({ conversationId }: { conversationId: string }): Audience => ({ conversationId })
export const toPerson = ({ userId }: { userId: string }): Audience => ({ userIds: [userId] })
export const toEveryone = (): Audience => 'everyone'

export const conversationVersion = ({ conversationId, version }: { conversationId: string, version: number }) =>
  [{ conversationId, version }]
export const ownVersion = ({ userId, ownVersion: version }: { userId: string, ownVersion: number }) =>
  [{ userId, version }]
