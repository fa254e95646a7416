/** Tells how a server is, from within its process, at the socket FUZZ_PROBE. Loaded into it by --import. */
import type { EventEmitter } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Server } from 'socket.io'

export interface Vitals {
  /** Since it was last asked, in milliseconds. */
  longestBlock: number
  /** After a collection of garbage, in MiB. */
  memory: number
  /** Of the memory, what JavaScript holds. */
  heap: number
  /** Of TCP, of Engine.IO, and of Socket.IO. */
  connections: number
  sessions: number
  sockets: number
  rooms: number
  /** That Engine.IO has read so far: who breaks its rules is shown the door, and what follows is not read. */
  packets: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

let io: Server | undefined
let packets = 0
const bind = Server.prototype.bind
const keep = (server: Server) => { io = server }
Server.prototype.bind = function (engine) {
  keep(this)
  ;(engine as EventEmitter).on('connection', (connection: EventEmitter) => connection.on('packet', () => { packets++ }))
  return bind.call(this, engine)
}

const count = (server: HttpServer) =>
  new Promise<number>(resolve => server.getConnections((_error, count) => resolve(count)))

const toMiB = (bytes: number) => Math.round(bytes / 2 ** 20)

async function vitals (): Promise<Vitals> {
  const longestBlock = delay.max / 1e6
  collectGarbage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const {
    httpServer, engine, sockets,
  } = io as unknown as { httpServer: HttpServer, engine: { clientsCount: number }, sockets: Server['sockets'] }
  return {
    longestBlock: Math.round(longestBlock),
    memory: toMiB(rss),
    heap: toMiB(heapUsed + external),
    connections: await count(httpServer),
    sessions: engine.clientsCount,
    sockets: sockets.sockets.size,
    rooms: sockets.adapter.rooms.size,
    packets,
  }
}

const server = createServer((_request, response) => {
  vitals().then(async vitals => {
    // The collection of garbage took its time as well, which is noticed a little later.
    await setTimeout(100)
    delay.reset()
    response.end(JSON.stringify(vitals))
  }).catch(error => response.destroy(error))
})
server.listen(process.env.FUZZ_PROBE).unref()
