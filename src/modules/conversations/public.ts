export { requireMember, type Member } from './queries.ts'
export { requireConversation, selectConversations } from './select.ts'
