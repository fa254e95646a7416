export { requireMember, type Member } from './queries.ts'
export { requireConversation, requireConversationRow, selectConversations } from './select.ts'
