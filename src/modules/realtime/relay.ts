import type { FastifyInstance } from 'fastify'
import type { DomainEvents } from '../../events.ts'
import { conversationRoom, userRoom } from './rooms.ts'

const everyNode = () => undefined

/** Whose sockets a fact concerns: only nodes with one in that room need to hear of it. */
const audience: { [Name in keyof DomainEvents]: (fact: DomainEvents[Name]) => string | undefined } = {
  'message.sent': ({ message }) => conversationRoom(message.conversationId),
  'messages.read': ({ type, conversationId, userId }) =>
    type === 'direct' ? conversationRoom(conversationId) : userRoom(userId),
  'message.deleted': ({ conversationId }) => conversationRoom(conversationId),
  // Of two rooms: of a person, and of the conversation that they are not in yet or no more.
  'conversation.opened': everyNode,
  'member.joined': everyNode,
  'member.left': everyNode,
  'membership.repeated': ({ userId }) => userRoom(userId),
  'membership.changed': ({ userId }) => userRoom(userId),
  'block.changed': ({ conversationId }) => conversationRoom(conversationId),
  // Any node may be asked to accept its token.
  'session.revoked': everyNode,
  // What that node could not tell, others did not hear.
  'redis.returned': everyNode,
}

/**
 * Passes facts on between nodes. Each node then tells its own sockets, so what happened elsewhere
 * goes the same way as what happened here, and a node knows what its sockets have been told.
 */
export function relayFacts (app: FastifyInstance): void {
  const { events, nodes } = app
  if (!nodes) return
  for (const name of Object.keys(audience) as Array<keyof DomainEvents>) {
    const roomOf = audience[name] as (fact: unknown) => string | undefined
    events.on(name, (fact, origin) => {
      if (origin === 'here') nodes.tell([name, fact], roomOf(fact))
    })
  }
  nodes.onTold(news => {
    const [name, fact] = news as [keyof DomainEvents, never]
    events.emit(name, fact, 'elsewhere')
  })
}
