import type { Socket } from 'socket.io-client'
import { failFor, faultOfAnswer, faultOfEvent } from './documented.ts'

/** A connected client that remembers what it heard, and fails the test when that is not as documented. */
export class Listener {
  readonly socket: Socket
  readonly heard: Array<{ name: string, payload: any }> = []
  #waiting: Array<() => void> = []
  #fail: (fault: string) => void

  constructor (socket: Socket, fail = failFor) {
    this.socket = socket
    this.#fail = fail
    socket.onAny((name, ...payloads) => {
      this.#check(faultOfEvent(name, payloads))
      this.heard.push({ name, payload: payloads[0] })
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  #check (fault: string | undefined): void {
    if (fault !== undefined) this.#fail(fault)
  }

  /** All payloads of an event heard so far. */
  all (name: string): any[] {
    return this.heard.filter(event => event.name === name).map(event => event.payload)
  }

  /** The first event of that name, heard already or to come, whose payload fits. Rejects after `timeout` ms. */
  async next (name: string, fits: (payload: any) => boolean = () => true, timeout = 30_000): Promise<any> {
    const deadline = AbortSignal.timeout(timeout)
    for (;;) {
      const event = this.heard.find(event => event.name === name && fits(event.payload))
      if (event) return event.payload
      if (deadline.aborted) throw new Error(`no ${name} within ${timeout} ms; heard: ${JSON.stringify(this.heard)}`)
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve)
        deadline.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  /** Sends an event and returns its acknowledgement. */
  async ask (name: string, ...args: unknown[]): Promise<any> {
    const reply = await this.socket.timeout(10_000).emitWithAck(name, ...args)
    this.#check(faultOfAnswer(name, reply))
    return reply
  }

  /** Resolves with the reason when the connection ends. */
  async gone (): Promise<string> {
    if (!this.socket.connected) return 'gone already'
    return new Promise(resolve => this.socket.once('disconnect', resolve))
  }
}
