export { google, type IdentityProvider } from './google.ts'
export { isSessionActive } from './queries.ts'
