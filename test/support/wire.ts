/** A line between two processes that can be broken without either of them being told. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Wire {
  /** The address, by which `url` is reached over the wire. */
  url: string
  /** From now on nothing passes on the connections that exist; new ones do. */
  silence (): void
}

export async function createWire (t: Pick<Test, 'teardown'>, url: string): Promise<Wire> {
  const { hostname, port, protocol } = new URL(url)
  let age = 0
  const ends = new Set<Socket>()
  const server = createServer(near => {
    const born = age
    const far = connect(Number(port), hostname)
    const isSilent = () => born < age
    for (const [from, to] of [[near, far], [far, near]] as const) {
      ends.add(from)
      from.on('data', chunk => { if (!isSilent()) to.write(chunk) })
        .on('error', () => {})
        .on('close', () => { if (!isSilent()) to.destroy() })
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const end of ends) end.destroy()
    server.close()
  })
  return { url: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`, silence: () => { age++ } }
}
