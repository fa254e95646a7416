/** A proxy in front of a server, with a path of its own, that can do to sockets what proxies do. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface Proxy {
  url: string
  webSockets: 'pass' | 'refuse' | 'swallow'
  /** How often a WebSocket was asked for. */
  upgrades: number
  /** What is answered in place of the server. */
  answer: (path: string) => { status: number, body: string } | undefined
}

export async function createProxy (t: Pick<Test, 'teardown'>, target: string, path = ''): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const ends = new Set<Socket>()
  const proxy: Proxy = { url: '', webSockets: 'pass', upgrades: 0, answer: () => undefined }
  const forwarded = ({ url }: IncomingMessage) =>
    url!.startsWith(`${path}/`) ? url!.slice(path.length) : '/nowhere'

  const server = createServer((near, reply) => {
    const answer = proxy.answer(near.url!)
    if (answer) {
      reply.writeHead(answer.status).end(answer.body)
      return
    }
    const far = request(target + forwarded(near), { method: near.method!, headers: near.headers, agent: false })
    far.on('response', response => response.pipe(reply.writeHead(response.statusCode!, response.headers)))
    far.on('error', () => reply.destroy())
    reply.on('close', () => far.destroy())
    near.pipe(far)
  })
  server.on('connection', socket => {
    ends.add(socket)
    socket.on('close', () => ends.delete(socket))
  })
  server.on('upgrade', (request, near: Socket) => {
    proxy.upgrades++
    near.on('error', () => {})
    if (proxy.webSockets === 'swallow') return
    if (proxy.webSockets === 'refuse') {
      near.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    const far = connect(Number(port), hostname)
    far.write(`GET ${forwarded(request)} HTTP/1.1\r\n${headers.join('')}\r\n`)
    far.on('error', () => {}).on('close', () => near.destroy())
    near.on('close', () => far.destroy())
    far.pipe(near).pipe(far)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const end of ends) end.destroy()
    server.close()
  })
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  return proxy
}
