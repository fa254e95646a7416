export { avatarColorOf, initialsOf } from './avatar.ts'
export { requireMe, requireUser, selectUsers, type NamePage } from './queries.ts'
export { usernameFor } from './usernames.ts'
