import type { FastifyInstance } from 'fastify'
import type { DomainEvents } from '../../events.ts'
import { eachDeclaration } from './events.ts'
import { roomsOf } from './rooms.ts'

/** What nodes tell each other. */
type Relayed = [name: keyof DomainEvents, event: never]

type RelayParts = Pick<FastifyInstance, 'events' | 'nodes' | 'compile' | 'log'>

/**
 * Passes events on between nodes. Each node then tells its own sockets, so what happened on another node goes the
 * same way as what happened here, and a node knows what its sockets have been told.
 */
export function relay ({ events, nodes, compile, log }: RelayParts): void {
  if (!nodes) return
  const parsers = new Map<unknown, (event: unknown) => unknown>()
  for (const [name, declared] of eachDeclaration) {
    parsers.set(name, compile(declared.payload))
    events.on(name, (event, origin) => {
      if (origin === 'remote') return
      for (const room of roomsOf(declared.audience(event)) ?? [undefined]) nodes.publish([name, event], room)
    })
  }

  /** Another release may know other events, and what is no event at all is nobody's: both are dropped. */
  function parse (relayed: unknown): Relayed {
    const [name, event] = Array.isArray(relayed) ? relayed as [keyof DomainEvents, unknown] : []
    const parser = parsers.get(name)
    if (name === undefined || !parser) throw new Error('there is no such event')
    return [name, parser(event) as never]
  }

  nodes.subscribe(relayed => {
    try {
      events.emit(...parse(relayed), 'remote')
    } catch (err) {
      log.warn({ err }, 'an event of another node was dropped')
    }
  })
}
