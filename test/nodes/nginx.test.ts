import { Agent, request } from 'node:http'
import { io } from 'socket.io-client'
import t from 'tap'
import { Listener } from '../support/listener.ts'
import { call, until } from '../support/server.ts'
import { startBalancer, withoutNginx } from '../support/nginx.ts'
import { withoutRedis } from '../support/redis.ts'
import { signInAt } from '../support/server-process.ts'
import { startNodeProcesses, type Node } from '../support/nodes/processes.ts'

/** Other systems than Linux have one local address, from which all would come to the same node. */
const withoutAddresses = process.platform === 'linux' ? false : 'this system has only one local address'
const skip = withoutNginx || withoutRedis || withoutAddresses

interface Reply { status: number, body: any, headers: Record<string, unknown> }

/**
 * A call from a local address, on a connection of its own: nginx closes idle ones whenever its list of nodes
 * changes.
 */
async function callFrom (localAddress: string, url: string, {
  method = 'GET', token, json, headers = {},
}: { method?: string, token?: string, json?: unknown, headers?: Record<string, string> } = {}): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const sent = request(url, {
    method,
    localAddress,
    agent: false,
    headers: {
      ...token && { authorization: `Bearer ${token}` },
      ...json !== undefined && { 'content-type': 'application/json' },
      ...headers,
    },
  }, async response => {
    const text = (await response.toArray()).join('')
    resolve({ status: response.statusCode!, body: JSON.parse(text), headers: response.headers })
  })
  sent.on('error', reject).end(json === undefined ? undefined : JSON.stringify(json))
  return promise
}

const answersOf = (node: Node) => node.server.log().split('"route":"/api/v1/auth/me"').length - 1

/** The node that has a socket: others do not know it, and this one says that it came another way. */
async function nodeOf (nodes: Node[], listener: Listener): Promise<Node> {
  // An upgrade that has just been made is known to the node as well once it has answered.
  await listener.ask('join', {})
  const { id, transport } = listener.socket.io.engine
  const other = transport.name === 'polling' ? 'websocket' : 'polling'
  for (const node of nodes) {
    const { body } = await call(`${node.url}/socket.io/?EIO=4&transport=${other}&sid=${id}`, 'GET')
      .catch(() => ({ body: '' }))
    if (JSON.stringify(body).includes('Bad request')) return node
  }
  throw new Error('no node has this socket')
}

async function startAll () {
  const { nodes } = await startNodeProcesses(t, 3, {
    settings: { TRUST_PROXY: '127.0.0.1', SHUTDOWN_GRACE_MS: '2000', RATE_LIMIT_MAX: '100000' },
  })
  const balancer = await startBalancer(t, nodes.map(({ url }) => url))
  const { url } = balancer
  const [ada, bob] = await Promise.all([signInAt(url, 'ada@example.com'), signInAt(url, 'bob@example.com')])
  const { body: { user } } = await call(`${url}/api/v1/auth/me`, 'GET', { token: bob })
  const request = { token: ada, json: { userId: user.id } }
  const { body: { conversation } } = await call(`${url}/api/v1/conversations`, 'POST', request)
  return { nodes, balancer, url, ada, bob, conversationId: conversation.id as string }
}

t.test('three nodes behind nginx', { skip }, async t => {
  const { nodes, balancer, url, ada, bob, conversationId } = await startAll()

  async function connect (token: string, transports: string[], localAddress = '127.0.0.1'): Promise<Listener> {
    // Without keepAlive: the requests that this client repeats after a kept connection was closed are never sent.
    const agent = new Agent({ localAddress })
    const socket = io(url, {
      auth: { token },
      forceNew: true,
      transports,
      agent: agent as never,
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
    })
    t.teardown(() => {
      socket.disconnect()
      agent.destroy()
    })
    const listener = new Listener(socket)
    await new Promise<void>(resolve => socket.once('connect', resolve))
    return listener
  }

  /** Each sends once, and all hear it. */
  async function hearEachOther (listeners: Listener[]): Promise<void> {
    for (const [i, listener] of listeners.entries()) {
      const text = `from ${i} at ${performance.now()}`
      t.equal((await listener.ask('message:send', { conversationId, text })).ok, true)
      await Promise.all(listeners.map(other => other.next('message:new', ({ message }) => message.text === text)))
    }
  }

  /** Calls one after the other until told to stop; answers with what was not a success. */
  function keepCalling (token: string, path: string, json?: object) {
    const over = new AbortController()
    const failures: unknown[] = []
    async function run (): Promise<number> {
      let calls = 0
      for (; !over.signal.aborted; calls++) {
        const request = { method: json ? 'POST' : 'GET', token, json }
        const reply = await callFrom('127.0.0.1', `${url}/api/v1${path}`, request).catch(String)
        if (typeof reply === 'string' || reply.status > 201) failures.push(reply)
      }
      return calls
    }
    const running = run()
    return async () => {
      over.abort()
      return { calls: await running, failures }
    }
  }

  const listeners: Listener[] = []

  await t.test('calls reach all nodes', async t => {
    const before = nodes.map(answersOf)
    for (let i = 0; i < 30; i++) {
      t.equal((await callFrom('127.0.0.1', `${url}/api/v1/auth/me`, { token: ada })).status, 200)
    }
    await until(() => nodes.every((node, i) => answersOf(node) > before[i]! + 5))
  })

  await t.test('clients of every transport hear each other across nodes', async t => {
    for (const [
      token, transports,
    ] of [[ada, ['websocket']], [bob, ['websocket']], [ada, ['polling', 'websocket']]] as const) {
      listeners.push(await connect(token, [...transports]))
    }
    await until(() => listeners[2]!.socket.io.engine.transport.name === 'websocket')

    const polling = new Set<Node>()
    for (let i = 2; polling.size < 2; i++) {
      const listener = await connect(i % 2 ? ada : bob, ['polling'], `127.0.0.${i}`)
      polling.add(await nodeOf(nodes, listener))
      listeners.push(listener)
    }
    t.equal(listeners.at(-1)!.socket.io.engine.transport.name, 'polling')
    t.equal(
      new Set([await nodeOf(nodes, listeners[0]!), await nodeOf(nodes, listeners[1]!)]).size,
      2,
      'WebSockets go where there are fewest'
    )
    await hearEachOther(listeners)
  })

  await t.test('a client that comes by polling stays at its node, from whatever address', async t => {
    const places = await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      const listener = await connect(ada, ['polling', 'websocket'], `127.0.0.${10 + i}`)
      await until(() => listener.socket.io.engine.transport.name === 'websocket')
      const node = await nodeOf(nodes, listener)
      listener.socket.disconnect()
      return node
    }))
    t.ok(new Set(places).size > 1)
  })

  await t.test('only nginx says who calls', async t => {
    const remaining = async (from: string, forged: string) => {
      const headers = { 'x-forwarded-for': forged, forwarded: `for=${forged}` }
      const reply = await callFrom(from, `${url}/api/v1/auth/google`, {
        method: 'POST', json: { idToken: 'x' }, headers,
      })
      return Number(reply.headers['x-ratelimit-remaining'])
    }
    const first = await remaining('127.0.0.40', '203.0.113.1')
    t.equal(await remaining('127.0.0.40', '203.0.113.2'), first - 1, 'another forged address is the same caller')
    t.equal(await remaining('127.0.0.41', '203.0.113.2'), first, 'another address is another caller')
  })

  await t.test('what is too large is refused in the usual shape', async t => {
    const request = { token: ada, body: Buffer.alloc(22 * 1024 * 1024) }
    const reply = await call(`${url}/api/v1/users/me/avatar`, 'POST', request).catch(() => undefined)
    // It may have been closed before all was sent.
    if (reply) t.match(reply, { status: 413, body: { statusCode: 413, code: 'PAYLOAD_TOO_LARGE' } })
  })

  await t.test('a node that stops is left out first: no call fails, and its sockets come back elsewhere', async t => {
    const stopping = await nodeOf(nodes, listeners[0]!)
    const others = nodes.filter(node => node !== stopping)
    const reading = keepCalling(ada, '/auth/me')
    const writing = keepCalling(bob, `/conversations/${conversationId}/messages`, { text: 'on and on' })
    const isBack = new Promise<void>(
      resolve => listeners[0]!.socket.once('disconnect', () => listeners[0]!.socket.once('connect', resolve))
    )

    const stopped = stopping.server.stop('SIGTERM')
    await balancer.lists(others.map(({ url }) => url))
    t.equal(stopping.server.child.exitCode, null, 'it still serves')
    t.equal((await stopped).code, 0)
    await isBack
    await until(() => listeners.every(({ socket }) => socket.connected))
    t.ok(others.includes(await nodeOf(others, listeners[0]!)))
    await hearEachOther(listeners)
    for (const stop of [reading, writing]) {
      const { calls, failures } = await stop()
      t.same(failures, [])
      t.ok(calls > 10)
    }

    await stopping.start()
    await balancer.lists(nodes.map(({ url }) => url))
  })

  await t.test('a node that is killed is skipped at once', async t => {
    const [killed, ...others] = nodes as [Node, ...Node[]]
    killed.server.child.kill('SIGKILL')
    await killed.server.ended
    for (let i = 0; i < 30; i++) {
      const json = { text: `after ${i}` }
      t.equal((await callFrom('127.0.0.1', `${url}/api/v1/auth/me`, { token: ada })).status, 200)
      t.equal(
        (await callFrom('127.0.0.1', `${url}/api/v1/conversations/${conversationId}/messages`, {
          method: 'POST', token: ada, json,
        })).status,
        201
      )
    }
    await balancer.lists(others.map(({ url }) => url))
    await until(() => listeners.every(({ socket }) => socket.connected))
    await hearEachOther(listeners)
  })

  await t.test('while no node answers, nginx does, in the usual shape', async t => {
    for (const { server } of nodes) server.child.kill('SIGKILL')
    await Promise.all(nodes.map(({ server }) => server.ended))
    const reply = await callFrom('127.0.0.1', `${url}/api/v1/auth/me`, { token: ada })
    t.match(reply, {
      status: 503,
      body: { statusCode: 503, code: 'UNAVAILABLE' },
      headers: { 'retry-after': '1', 'content-type': /json/ },
    })
    t.same(balancer.errors(), [])
  })
})
