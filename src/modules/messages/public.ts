export { readMessage } from './read.ts'
export { sendMessage } from './send.ts'
export { default as messageWriter } from './writer.ts'
