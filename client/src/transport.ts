import { Manager, type ManagerOptions } from 'socket.io-client'

/** Where WebSockets are blocked, polling helps; where they are not, it becomes one. */
export const pollingFirst = ['polling', 'websocket']
export const webSocketOnly = ['websocket']

/** Some that block WebSockets swallow them without a word, so opening may take no longer than this, in milliseconds. */
export const openTimeout = 10_000

/** A server may be below a path, where a proxy has other things beside it. */
export const addressOf = (url: string) => new URL(`${url.replace(/\/+$/, '')}/socket.io`)

/** Whether a WebSocket can be opened at present; it is closed at once. */
export function webSocketsPass (origin: string, options: Partial<ManagerOptions>): Promise<boolean> {
  return new Promise(resolve => {
    const manager = new Manager(origin, { ...options, transports: webSocketOnly, reconnection: false })
    manager.open(error => {
      manager.engine.close()
      resolve(error === undefined)
    })
  })
}
