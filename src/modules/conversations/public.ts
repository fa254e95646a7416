export { requireConversation, selectConversations } from './select.ts'
