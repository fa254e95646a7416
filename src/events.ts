import type { EventBus } from './lib/event-bus.ts'

/** Facts, named in the past tense and emitted after their commit. Modules add theirs by declaration merging. */
export interface DomainEvents {}

export type DomainEventBus = EventBus<DomainEvents>
