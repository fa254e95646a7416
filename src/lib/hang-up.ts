import type { Socket } from 'socket.io'

/**
 * Ends a connection so that its client comes back. To one that polls, Engine.IO would say that it is over, and clients
 * of other languages believe that. So the poll that waits is answered with nothing, and the next one is told that its
 * session is unknown, as after a restart.
 */
export function hangUp (connection: Socket['conn']): void {
  const { transport } = connection
  const isPolling = transport.name === 'polling'
  if (isPolling && transport.writable) transport.send([{ type: 'noop' }])
  connection.close(isPolling)
}
