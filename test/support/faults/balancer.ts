/** A load balancer in front of servers: it knows nothing of HTTP but who is ready. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { isUp } from '../server-process.ts'

/** How often the servers are asked whether they are ready, in milliseconds. */
const checkInterval = 200

/** How long a server may take to say that it is ready, in milliseconds: one that is frozen says nothing. */
const checkLimit = 1_000

/**
 * New connections go to the first server that is ready, or to all that are in turn; those that exist
 * stay where they are. Returns its address.
 */
export async function startBalancer (
  t: Pick<Test, 'teardown'>, servers: string[], { inTurn = false } = {}
): Promise<string> {
  let ready: string[] = []
  let next = 0
  async function check (): Promise<void> {
    const answers = await Promise.all(servers.map(url => Promise.race([isUp(url), sleep(checkLimit, false)])))
    ready = servers.filter((_, i) => answers[i])
  }
  await check()
  const timer = setInterval(check, checkInterval)

  const clients = new Set<Socket>()
  const balancer = createServer(client => {
    clients.add(client)
    client.once('close', () => clients.delete(client))
    const target = ready[inTurn ? next++ % ready.length : 0]
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
