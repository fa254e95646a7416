import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { listeningUrl } from '../../src/lib/listening-url.ts'

const hasIPv6 = Object.values(networkInterfaces()).flat().some(address => address?.family === 'IPv6')

for (const [
  host, shown,
] of [['127.0.0.1', '127.0.0.1'], ['0.0.0.0', '127.0.0.1'], ['::1', '[::1]'], ['::', '127.0.0.1']] as const) {
  t.test(`a server on ${host} is reached on ${shown}`, {
    skip: host.includes(':') && !hasIPv6 && 'no IPv6 here',
  }, async t => {
    const server = createServer().listen(0, host)
    t.teardown(() => server.close())
    await once(server, 'listening')
    t.equal(listeningUrl(server), `http://${shown}:${(server.address() as AddressInfo).port}`)
  })
}
