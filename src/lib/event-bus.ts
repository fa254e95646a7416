import { EventEmitter } from 'node:events'

/** On which node it happened: on this one, or on another, which told this one. */
export type Origin = 'here' | 'elsewhere'

type Listener<Fact> = (fact: Fact, origin: Origin) => void

export interface EventBus<Facts> {
  emit<Name extends keyof Facts & string>(name: Name, fact: Facts[Name], origin?: Origin): void
  on<Name extends keyof Facts & string>(name: Name, listener: Listener<Facts[Name]>): void
}

/**
 * A synchronous bus for facts that are already committed. A listener that throws is reported and
 * does not reach the emitter: its request has succeeded, whatever becomes of the news about it.
 */
export function createEventBus<Facts> (onError: (error: unknown, name: string) => void): EventBus<Facts> {
  const emitter = new EventEmitter()
  return {
    emit (name, fact, origin = 'here') {
      for (const listener of emitter.listeners(name) as Listener<unknown>[]) {
        try {
          listener(fact, origin)
        } catch (error) {
          onError(error, name)
        }
      }
    },
    on (name, listener) {
      emitter.on(name, listener)
    },
  }
}
