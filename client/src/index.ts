export { createApi, type Answer, type Api, type ApiOptions, type CallOptions, type Input } from './api.ts'
export { Chat, createClient } from './client.ts'
export { systemClock, type Clock } from './clock.ts'
export { ConvoError } from './errors.ts'
export type { ChatEvents, ClientOptions, OfflineReason, Status } from './options.ts'
export type { Content, Draft } from './draft.ts'
export { signIn } from './sign-in.ts'
export {
  indexedDbOutbox, memoryOutbox, storageOutbox, type DatabaseFactory, type OutboxStore, type TextStorage,
} from './stores.ts'
export type { Deleted } from './timeline.ts'
export type * from './types.ts'
export type { Pending, ShownConversation, ShownMessage } from './view.ts'
