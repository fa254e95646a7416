export { google, type IdentityProvider } from './google.ts'
export { isSessionActive } from './sessions.ts'
