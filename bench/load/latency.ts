import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { createRecorder, type Drive, type Prepare } from './drive.ts'
import { sendBody } from './http.ts'
import { connect, forAll } from './sockets.ts'

/** One writes to the other, so many times a second over all pairs. */
export interface LatencyJob {
  url: string, rate: number, pairs: Array<{ token: string, otherToken: string, conversationId: string }>,
}

/**
 * Sends at a steady rate, whatever the answers do, and measures from when a send was due until the other side
 * has heard it.
 */
export const latency: Drive<LatencyJob> = { module: 'latency' }

export const prepare: Prepare<LatencyJob> = async ({ url, rate, pairs }) => {
  const pool = new Pool(url, { connections: 64, pipelining: 1 })
  const underWay = new Map<string, number>()
  let recorder = createRecorder()
  await forAll(pairs, async ({ otherToken }) => {
    const socket = await connect(url, otherToken)
    socket.on('message:new', ({ message: { clientMessageId } }) => {
      const due = underWay.get(clientMessageId)
      if (due === undefined) return
      underWay.delete(clientMessageId)
      recorder.done(performance.now() - due)
    })
  })

  function sendDue (i: number, due: number): void {
    const { token, conversationId } = pairs[i % pairs.length]!
    const clientMessageId = randomUUID()
    underWay.set(clientMessageId, due)
    sendBody(pool, 'POST', `/api/v1/conversations/${conversationId}/messages`, token, JSON.stringify({
      text: `Message number ${i}`, clientMessageId,
    }))
      .catch(error => recorder.failed(error))
  }

  return async seconds => {
    recorder = createRecorder()
    const begun = performance.now()
    const total = Math.round(rate * seconds)
    for (let i = 0; i < total;) {
      const now = performance.now()
      for (; i < total && begun + i * 1_000 / rate <= now; i++) sendDue(i, begun + i * 1_000 / rate)
      await sleep(1)
    }
    for (const deadline = performance.now() + 5_000; underWay.size > 0 && performance.now() < deadline;) await sleep(1)
    for (const id of underWay.keys()) recorder.failed(new Error(`not heard of: ${id}`))
    underWay.clear()
    return recorder.outcome()
  }
}
