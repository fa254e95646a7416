import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port to come back to. It is below those of outgoing connections: while no server listens, a
 * client that tries to reach it could be given the very port, and would be connected to itself.
 */
export async function findPort (): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  const server = createServer()
  const isFree = await new Promise<boolean>(
    resolve => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  )
  if (!isFree) return findPort()
  server.close()
  await once(server, 'close')
  return port
}
