export { avatarColorOf, initialsOf } from './avatar.ts'
export { foldNames } from './fold-names.ts'
export { requireMe, requireUser, selectUsers, type NamePage } from './queries.ts'
export { usernameFor } from './usernames.ts'
