import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { keepInFlight, type Drive, type Prepare } from './drive.ts'

export interface SocketsJob {
  url: string, inFlight: number, event: string, senders: Array<{ token: string, conversationId: string }>,
}

/** Sends events over a socket for each sender in turn, and waits for their acknowledgements. */
export const sockets: Drive<SocketsJob> = { module: 'sockets' }

/** A connected socket. */
export async function connect (url: string, token: string, options: Parameters<typeof io>[1] = {}): Promise<Socket> {
  const socket = io(url, {
    auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false, ...options
  })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
  return socket
}

/** Does something for all, some at a time. */
export async function forAll<Item, Result> (
  items: Item[], act: (item: Item) => Promise<Result>, atOnce = 50
): Promise<Result[]> {
  const results: Result[] = []
  for (let i = 0; i < items.length; i += atOnce) results.push(...await Promise.all(items.slice(i, i + atOnce).map(act)))
  return results
}

export const prepare: Prepare<SocketsJob> = async ({ url, inFlight, event, senders }) => {
  const connected = await forAll(
    senders, async ({ token, conversationId }) => ({ socket: await connect(url, token), conversationId })
  )
  return seconds => keepInFlight(inFlight, seconds, async i => {
    const { socket, conversationId } = connected[i % connected.length]!
    const reply = await socket.emitWithAck(event, {
      conversationId, text: `Message number ${i}`, clientMessageId: randomUUID(),
    })
    if (!reply.ok) throw new Error(JSON.stringify(reply))
  })
}
