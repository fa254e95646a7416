export { avatarColorOf, initialsOf } from './avatar.ts'
export { requireMe, requireUser, type NamePage } from './queries.ts'
