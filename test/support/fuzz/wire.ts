/** A WebSocket whose every byte is ours. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface FrameOptions {
  opcode?: number, fin?: boolean, rsv?: number, isMasked?: boolean, length?: number | bigint, wide?: boolean,
}

/**
 * @param options.length to be said in place of the true one @param options.wide to say it in more bytes than
 * it needs
 */
export function frame (payload: Buffer, {
  opcode = 1, fin = true, rsv = 0, isMasked = true, length = payload.length, wide = false,
}: FrameOptions = {}): Buffer {
  const first = (fin ? 0x80 : 0) | rsv << 4 | opcode
  const mask = isMasked ? 0x80 : 0
  const size = wide || length > 0xffff ? 8 : length > 125 ? 2 : 0
  const head = Buffer.alloc(2 + size)
  head[0] = first
  head[1] = mask | (size === 8 ? 127 : size === 2 ? 126 : Number(length))
  if (size === 2) head.writeUInt16BE(Number(length), 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  // A mask of zeros leaves everything as it is.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), payload])
}

export const text = (packet: string) => frame(Buffer.from(packet))
export const binary = (bytes: Uint8Array) => frame(Buffer.from(bytes), { opcode: 2 })

/** What a whole frame of the server's at the beginning says, and how long it is. */
function readFrame (bytes: Buffer): { opcode: number, payload: Buffer, size: number } | undefined {
  if (bytes.length < 4) {
    return bytes.length === 2 && bytes[1] === 0
      ? { opcode: bytes[0]! & 15, payload: Buffer.alloc(0), size: 2 }
      : undefined
  }
  const short = bytes[1]! & 127
  const [head, length] = short < 126
    ? [2, short]
    : short === 126
      ? [
          4, bytes.readUInt16BE(2),
        ]
      : [10, bytes.length < 10 ? Infinity : Number(bytes.readBigUInt64BE(2))]
  if (bytes.length < head + length) return undefined
  return { opcode: bytes[0]! & 15, payload: bytes.subarray(head, head + length), size: head + length }
}

export class Wire {
  readonly socket: Socket
  /** Resolves when the connection is gone, at either's wish. */
  readonly gone: Promise<void>
  isGone = false
  #heard: Buffer = Buffer.alloc(0)
  #listeners: Array<(packet: string | undefined) => void> = []

  constructor (url: string) {
    const { port, hostname } = new URL(url)
    this.socket = connect({ port: Number(port), host: hostname, noDelay: true })
    this.socket.on('error', () => {})
    this.gone = once(this.socket, 'close').then(() => {
      this.isGone = true
      this.#tell(undefined)
    })
  }

  #tell (packet: string | undefined): void {
    for (const listener of [...this.#listeners]) listener(packet)
  }

  /** Calls back with each text that comes, and with undefined at the end. */
  onText (listener: (packet: string | undefined) => void): void {
    this.#listeners.push(listener)
  }

  write (...bytes: Array<Buffer | string>): void {
    for (const part of bytes) if (this.socket.writable) this.socket.write(part)
  }

  /** The first text that fits; undefined if the connection ends before. */
  next (fits: (packet: string) => boolean): Promise<string | undefined> {
    if (this.isGone) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const listener = (packet: string | undefined) => {
        if (packet !== undefined && !fits(packet)) return
        this.#listeners = this.#listeners.filter(other => other !== listener)
        resolve(packet)
      }
      this.#listeners.push(listener)
    })
  }

  /** Asks for the upgrade and reads from then on. False if it is refused. */
  async upgrade (query = 'EIO=4&transport=websocket', headers = ''): Promise<boolean> {
    this.write([
      `GET /socket.io/?${query} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      `${headers}\r\n`,
    ].join('\r\n'))
    const isOpen = await new Promise<boolean>(resolve => {
      void this.gone.then(() => resolve(false))
      this.socket.on('data', chunk => {
        this.#heard = Buffer.concat([this.#heard, chunk])
        const end = this.#heard.indexOf('\r\n\r\n')
        if (end < 0) return
        this.socket.removeAllListeners('data')
        resolve(this.#heard.subarray(0, 12).toString() === 'HTTP/1.1 101')
        this.#heard = this.#heard.subarray(end + 4)
        this.socket.on('data', chunk => this.#read(chunk))
        this.#read(Buffer.alloc(0))
      })
    })
    return isOpen
  }

  #read (chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk])
    for (let frame = readFrame(this.#heard); frame; frame = readFrame(this.#heard)) {
      this.#heard = this.#heard.subarray(frame.size)
      if (frame.opcode === 1) this.#tell(frame.payload.toString())
      if (frame.opcode === 8) this.socket.end()
    }
  }

  /** Connects over Engine.IO and, with a token, Socket.IO. False if the server did not want it. */
  async admit (token?: string): Promise<boolean> {
    if (!await this.upgrade()) return false
    if (token === undefined) return true
    this.write(text(`40${JSON.stringify({ token })}`))
    return await this.next(packet => packet.startsWith('40')) !== undefined
  }
}
