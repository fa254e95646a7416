export { readMessage } from './read.ts'
export { sendMessage } from './send.ts'
