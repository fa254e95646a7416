import { setTimeout as sleep } from 'node:timers/promises'
import { Decoder, Encoder } from 'socket.io-parser'
import { createRecorder, type Drive, type Prepare } from './drive.ts'
import { connect, forAll } from './sockets.ts'

export interface ListenersJob { url: string, tokens: string[] }

/** Sockets that count what they hear; an operation is an event that one of them was delivered. */
export const listeners: Drive<ListenersJob> = { module: 'listeners' }

let heard = 0

/** Counts events instead of reading them: it is the server that is measured, and it shares the machine. */
class CountingDecoder extends Decoder {
  override add (packet: unknown): void {
    if (typeof packet === 'string' && packet.startsWith('2')) heard++
    else super.add(packet)
  }
}

export const prepare: Prepare<ListenersJob> = async ({ url, tokens }) => {
  await forAll(tokens, token => connect(url, token, { parser: { Encoder, Decoder: CountingDecoder } }))
  return async seconds => {
    const recorder = createRecorder()
    heard = 0
    await sleep(seconds * 1_000)
    return recorder.outcome(heard)
  }
}
