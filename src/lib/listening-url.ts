import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a listening server is reached from this machine. */
export function listeningUrl (server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  const anyAddress = address === '0.0.0.0' || address === '::'
  const host = anyAddress ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}
