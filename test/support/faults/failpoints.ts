/**
 * Ends the server's process by SIGKILL at the moments in which a crash hurts most. Loaded into it by
 * --import; `FAILPOINT=emit:100` is the 100th time that it is about to tell of a message.
 *
 * This is no code of src, where a way to end the process would be one that an error can find, and
 * where the server that is tested would be another one than the server that runs. All three moments
 * can be seen from outside: each goes through a method of Node's or Socket.IO's.
 */
import { EventEmitter } from 'node:events'
import { writeSync } from 'node:fs'
import { ServerResponse } from 'node:http'
import { Socket } from 'socket.io'

const [point, times] = process.env.FAILPOINT!.split(':')
let left = Number(times)

function pass (): void {
  if (--left > 0) return
  writeSync(process.stderr.fd, `failpoint ${point}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** Runs `pass` before each call of a method whose arguments (and `this`) fit. */
function watch<Args extends unknown[]> (prototype: object, method: string, fits: (
  self: any, ...args: Args
) => boolean): void {
  const target = prototype as Record<string, (...args: Args) => unknown>
  const original = target[method]!
  target[method] = function (this: unknown, ...args) {
    if (fits(this, ...args)) pass()
    return original.apply(this, args)
  }
}

const failpoints: Record<string, () => void> = {
  /** Between commit and emit: src/lib/event-bus.ts asks for the listeners. */
  emit: () => watch(EventEmitter.prototype, 'listeners', (_bus, name) => name === 'message.sent'),
  /** Between commit and answer: nobody but POST /conversations/:id/messages answers a path like this with 201. */
  answer: () =>
    watch(ServerResponse.prototype, 'writeHead', (
      response: ServerResponse & { req: { url: string } }, status
    ) => status === 201 && response.req.url.endsWith('/messages')),
  /** Between commit and acknowledgement over the socket. */
  acknowledge: () => watch(
    Socket.prototype,
    'packet',
    (_socket, packet: { data?: [{ message?: object }] }) => packet.data?.[0]?.message !== undefined
  ),
}
failpoints[point!]!()
