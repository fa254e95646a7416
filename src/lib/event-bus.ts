import { EventEmitter } from 'node:events'

/** On which node it happened: on this one, or on another, which passed it on. */
export type Origin = 'local' | 'remote'

type Listener<Event> = (event: Event, origin: Origin) => void

export interface EventBus<Events> {
  emit<Name extends keyof Events & string>(name: Name, event: Events[Name], origin?: Origin): void
  on<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): void
}

/**
 * A synchronous bus for what is already committed. A listener that throws is reported and does not reach the
 * emitter: its request has succeeded, whatever becomes of the event.
 */
export function createEventBus<Events> (onError: (error: unknown, name: string) => void): EventBus<Events> {
  const emitter = new EventEmitter()
  return {
    emit (name, event, origin = 'local') {
      for (const listener of emitter.listeners(name) as Listener<unknown>[]) {
        try {
          listener(event, origin)
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
