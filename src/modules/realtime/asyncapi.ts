import type { TSchema } from '@sinclair/typebox'
import packageJson from '../../../package.json' with { type: 'json' }
import type { AsyncApi, Channel, Message, Operation } from '../../lib/asyncapi-page.ts'
import { createComponents, type Components } from '../../lib/components.ts'
import { exampleOf } from '../../lib/example-of.ts'
import { pathOf } from '../../lib/origins.ts'
import {
  acknowledgements, clientEvents, ConnectErrorSchema, ConnectSchema, RefusedSchema, serverEvents,
} from './schemas.ts'

const describe = (path: string) => `What goes over Socket.IO (4, protocol 5; path \`${path}\`). The server is described:
it receives what clients send, and sends what they hear.

An event has one payload, in JSON. The server deals with those of one socket in order, and acknowledges each to whoever
asks for it. More than 100 that wait are refused with \`RATE_LIMITED\`, as are those beyond the budget that is shared
with requests; a socket that is refused 200 times in 10 s is closed.

What the server sends are hints: they come after the fact and may be lost with a connection. \`version\` says what was
missed, and \`POST /api/v1/sync\` makes it good. An event that is not known and carries a \`version\` is a reason to
call it.`

/** `message:new` as part of an address: `messageNew`. */
const idOf = (event: string) => event.replaceAll(/[:_-](\w)/g, (_match, letter: string) => letter.toUpperCase())

/** And as the name of its payload: `MessageNew`. */
const shapeNameOf = (event: string) =>
  event.replaceAll(/(?:^|[:_-])(\w)/g, (_match, letter: string) => letter.toUpperCase())

const messageOf = (name: string, schema: TSchema): Message =>
  ({ name, title: name, summary: schema.description!, payload: schema, examples: [{ payload: exampleOf(schema) }] })

const channelOf = (messages: Record<string, TSchema>): Channel =>
  ({
    messages: Object.fromEntries(
      Object.entries(messages).map(([name, schema]) => [idOf(name), messageOf(name, schema)])
    ),
  })

/** One for each event: their names are its addresses, and tell apart what has the same payload. */
const channelFor = (event: string, schema: TSchema): Channel => ({ address: event, ...channelOf({ [event]: schema }) })

const refTo = (...path: string[]) => ({ $ref: `#/${path.join('/')}` })
const refsTo = (channel: string, messages: object) =>
  Object.keys(messages).map(name => refTo('channels', channel, 'messages', idOf(name)))

type Part = [id: string, channels: Record<string, Channel>, operation: Operation]

function sent (event: string, schema: TSchema): Part {
  const id = idOf(event)
  return [id, { [id]: channelFor(event, schema) }, {
    action: 'send',
    title: event,
    summary: schema.description!,
    channel: refTo('channels', id),
    messages: refsTo(id, { [event]: schema }),
  }]
}

/** What clients send, and what it may be answered with. */
function received (event: string, schema: TSchema, replies: Record<string, TSchema>): Part {
  const id = idOf(event)
  const replyId = `${id}Reply`
  return [id, { [id]: channelFor(event, schema), [replyId]: channelOf(replies) }, {
    action: 'receive',
    title: event,
    summary: schema.description!,
    channel: refTo('channels', id),
    messages: refsTo(id, { [event]: schema }),
    reply: { channel: refTo('channels', replyId), messages: refsTo(replyId, replies) },
  }]
}

/** Gives payloads their place in the components, by their own name or by that of their event. */
function nameShapes (channels: Record<string, Channel>): Components['schemas'] {
  const { schemas, refer } = createComponents()
  for (const message of Object.values(channels).flatMap(({ messages }) => Object.values(messages))) {
    message.payload = refer({ title: shapeNameOf(message.name), ...message.payload })
  }
  return schemas
}

/** The events in both directions as AsyncAPI 3, made from the schemas that check them. */
export function describeEvents (publicUrl = 'http://localhost:3001'): AsyncApi {
  const { host, protocol } = new URL(publicUrl)
  const path = `${pathOf(publicUrl)}/socket.io/`
  const parts: Part[] = [
    received('connect', ConnectSchema, { connect_error: ConnectErrorSchema }),
    ...Object.entries(clientEvents).map(([event, schema]) =>
      received(event, schema, {
        acknowledged: acknowledgements[event as keyof typeof clientEvents], refused: RefusedSchema,
      })),
    ...Object.entries(serverEvents).map(([event, schema]) => sent(event, schema)),
  ]
  const channels = Object.fromEntries(parts.flatMap(([, channels]) => Object.entries(channels)))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Convo, events',
      version: packageJson.version,
      description: describe(path),
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: 'application/json',
    servers: {
      convo: {
        host: '{host}',
        pathname: path,
        protocol: protocol === 'https:' ? 'wss' : 'ws',
        description: 'Behind TLS `wss`; Socket.IO can do with long polling over HTTP as well.',
        variables: { host: { default: host, description: 'Where the server is reached.' } },
        security: [refTo('components', 'securitySchemes', 'token')],
      },
    },
    channels,
    operations: Object.fromEntries(parts.map(([id, , operation]) => [id, operation])),
    components: {
      schemas: nameShapes(channels),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'As `auth: { token }` of Socket.IO, not as a header.',
        },
      },
    },
  }
}
