import { Type, type Static, type TProperties, type TSchema } from '@sinclair/typebox'
import { ErrorSchema, Nullable, SyncRequiredSchema, Timestamp, Uuid } from '../../lib/schemas.ts'
import { MessageReadSchema, MessageSchema, MessageSendSchema } from '../messages/schemas.ts'
import { domainEvents } from './events.ts'

const aboutConversation = (description: string) =>
  Type.Object({ conversationId: Uuid('Of one that the person is in.') }, { additionalProperties: false, description })

/** What clients may send; every one may carry an acknowledgement. */
export const clientEvents = {
  join: Type.Object({ userId: Uuid('One\'s own id.') }, {
    additionalProperties: false,
    description: 'For older clients: a socket is told all that concerns its person without it. Of somebody else it ' +
      'is refused.',
  }),
  'conversation:join': aboutConversation(
    'The person looks at a conversation. Once acknowledged, nothing that happens in it is missed.'
  ),
  'conversation:leave': aboutConversation('The person looks away. Its events go on coming; typing stops.'),
  'typing:start': aboutConversation(
    'The person types. Send it again within 6 s, or it stops by itself. Too many of them are passed over in silence.'
  ),
  'typing:stop': aboutConversation('The person types no longer.'),
  'message:send': {
    ...MessageSendSchema,
    description: 'What `POST /api/v1/conversations/{id}/messages` does. Needs `text`, `imageUrl` or both.',
  },
  'message:read': {
    ...MessageReadSchema,
    description: 'What `POST /api/v1/messages/{id}/read` does: everything up to this message is read.',
  },
}

const success = <Fields extends TProperties>(title: string, fields: Fields, description: string) =>
  Type.Object({ ok: Type.Literal(true, { examples: [true] }), ...fields }, { title, description })

const Done = success('Done', {}, 'It is done.')

/** What a client event is acknowledged with, unless it is refused. */
export const acknowledgements = {
  join: Done,
  'conversation:join': Done,
  'conversation:leave': Done,
  'typing:start': Done,
  'typing:stop': Done,
  'message:send': success('MessageSent', {
    message: MessageSchema,
  }, 'The message is stored; with a `clientMessageId` that is repeated, it is the first one.'),
  'message:read': Done,
} satisfies Record<keyof typeof clientEvents, unknown>

export const RefusedSchema = Type.Object({
  ok: Type.Literal(false, { examples: [false] }), error: ErrorSchema,
}, { title: 'Refused', description: 'Nothing has changed.' })

/** What a connection is opened with: the `auth` of Socket.IO. */
export const ConnectSchema = Type.Object({
  token: Type.String({ description: 'From `POST /api/v1/auth/google`.', examples: ['eyJhbGciOiJIUzI1NiIs…'] }),
}, {
  description: 'Opens a connection. It is told all that concerns its person, and closed when its token expires or ' +
    'is signed out.',
})

/** What a connection is refused with; for clients an error with these properties. */
export const ConnectErrorSchema = Type.Object({
  message: Type.String({ description: 'As in `data`.', examples: ['Sign in first.'] }),
  data: ErrorSchema,
}, {
  examples: [{
    message: 'Sign in first.',
    data: { statusCode: 401, code: 'UNAUTHENTICATED', error: 'Unauthorized', message: 'Sign in first.' },
  }],
  description: 'There is no connection. `UNAUTHENTICATED`: sign in again. `RATE_LIMITED`, `UNAVAILABLE`: try again ' +
    'later.',
})

/** What comes and goes: it has no version, and whoever misses it misses nothing that is stored. */
const signals = {
  'user:online': Type.Object({ userId: Uuid() }, {
    description: 'Somebody with whom one has a direct conversation is there.',
  }),
  'user:offline': Type.Object({
    userId: Uuid(), lastActive: Nullable(Timestamp('When the last connection ended; null while that is hidden.')),
  }, {
    description: 'Somebody with whom one has a direct conversation has had no connection for 5 s, or is hidden from ' +
      'now on, since one side blocked the other.',
  }),
  typing: Type.Object({
    conversationId: Uuid(), userId: Uuid('Who types.'), isTyping: Type.Boolean({ examples: [true] }),
  }, { description: 'Somebody else in the conversation begins to type or stops.' }),
  'sync:required': SyncRequiredSchema,
}

const wires = Object.values(domainEvents).flatMap(({ wire }) => wire ?? [])

/** What the server sends. */
export const serverEvents: Record<string, TSchema> & typeof signals = {
  ...Object.fromEntries(wires.map(({ name, payload }) => [name, payload])), ...signals,
}

export type Acknowledgement<Name extends keyof typeof acknowledgements> =
  Static<typeof acknowledgements[Name]> | Static<typeof RefusedSchema>

type ClientEvents = {
  [Name in keyof typeof clientEvents]: (
    payload: Static<typeof clientEvents[Name]>, ack?: (reply: Acknowledgement<Name>) => void
  ) => void
}
type Signals = { [Name in keyof typeof signals]: (payload: Static<typeof signals[Name]>) => void }

declare module '../../plugins/io.ts' {
  interface ClientToServerEvents extends ClientEvents {}
  interface ServerToClientEvents extends Signals {}
}
