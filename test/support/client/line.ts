/** A line to a server that can be cut and mended, and led to another server. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Line {
  url: string
  /** Ends all connections, and takes no new ones. */
  cut (): void
  mend (): void
  leadTo (url: string): void
}

export async function createLine (t: Pick<Test, 'teardown'>, url: string): Promise<Line> {
  let target = new URL(url)
  let isCut = false
  const ends = new Set<Socket>()
  const cut = () => { for (const end of ends) end.destroy() }
  const server = createServer(near => {
    if (isCut) {
      near.on('error', () => {}).resetAndDestroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      ends.add(from)
      from.pipe(to).on('error', () => {})
      from.on('close', () => {
        ends.delete(from)
        to.destroy()
      })
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    cut()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut () {
      isCut = true
      cut()
    },
    mend () { isCut = false },
    leadTo (url) { target = new URL(url) },
  }
}
