/** A load balancer in front of servers: it knows nothing of HTTP but who is ready. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Test } from 'tap'
import { isUp } from '../server-process.ts'

/** How often the servers are asked whether they are ready, in milliseconds. */
const checkInterval = 200

/** New connections go to the first server that is ready; those that exist stay where they are. Returns its address. */
export async function startBalancer (t: Pick<Test, 'teardown'>, servers: string[]): Promise<string> {
  let target: string | undefined
  async function check (): Promise<void> {
    const ready = await Promise.all(servers.map(isUp))
    target = servers[ready.indexOf(true)]
  }
  await check()
  const timer = setInterval(check, checkInterval)

  const clients = new Set<Socket>()
  const balancer = createServer(client => {
    clients.add(client)
    client.once('close', () => clients.delete(client))
    if (target === undefined) {
      client.destroy()
      return
    }
    const { hostname, port } = new URL(target)
    // When one side ends, with or without a fault, so does the other.
    pipeline(client, connect(Number(port), hostname), client, () => {})
  })
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  t.teardown(() => {
    clearInterval(timer)
    for (const client of clients) client.destroy()
    balancer.close()
  })
  return `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`
}
