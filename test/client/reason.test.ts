import t from 'tap'
import type { Chat, OfflineReason } from '../../client/src/index.ts'
import { reasonOf } from '../../client/src/reason.ts'
import { startServer } from '../support/server.ts'
import { connect, next } from '../support/client/chats.ts'
import { createLine } from '../support/client/line.ts'
import { createProxy } from '../support/client/proxy.ts'

const server = await startServer(t)

const saysWhy = (chat: Chat, expected: OfflineReason) => next(chat, 'status', (_status, reason) => reason === expected)

/** A connected client whose connection is about to be lost, behind a proxy. */
async function connectByProxy (t: Parameters<typeof connect>[0]) {
  const proxy = await createProxy(t, server.url)
  const chat = await connect(t, await server.signIn(), { url: proxy.url })
  const comeBack = async () => {
    proxy.webSockets = 'pass'
    proxy.answer = () => undefined
    await chat.online()
  }
  return { proxy, chat, comeBack }
}

t.test('it is offline, and says why as soon as that is known, until it is online again', async t => {
  const line = await createLine(t, server.url)
  const chat = await connect(t, await server.signIn(), { url: line.url })
  const told: unknown[] = []
  chat.on('status', (...status) => { told.push(status) })
  const known = saysWhy(chat, 'no server')
  line.cut()
  t.equal(await known, 'offline')
  t.equal(chat.offlineReason, 'no server')
  line.mend()
  await chat.online()
  t.equal(chat.offlineReason, undefined)
  t.same(told, [
    ['connecting', undefined], ['offline', undefined], ['offline', 'no server'], ['connecting', undefined],
    ['online', undefined],
  ])
})

t.test('what answers is no Convo, or knows no sockets: there is no path', async t => {
  const { proxy, chat, comeBack } = await connectByProxy(t)
  for (const answer of [{ status: 404, body: 'Not found' }, { status: 200, body: '<!doctype html>' }]) {
    proxy.webSockets = 'refuse'
    proxy.answer = () => answer
    const known = saysWhy(chat, 'no path')
    await server.app.drainSockets()
    t.equal(await known, 'offline', answer.body)
    await comeBack()
  }
})

t.test('a proxy that finds no server is none', async t => {
  const { proxy, chat, comeBack } = await connectByProxy(t)
  proxy.webSockets = 'refuse'
  proxy.answer = () => ({ status: 502, body: 'Bad gateway' })
  const known = saysWhy(chat, 'no server')
  await server.app.drainSockets()
  t.equal(await known, 'offline')
  await comeBack()
})

t.test('the server takes no connection of this origin', async t => {
  const chat = await connect(t, await server.signIn())
  const { opts } = chat.parts.connection.socket.io
  const known = saysWhy(chat, 'refused origin')
  opts.extraHeaders = { origin: 'https://evil.example' }
  await server.app.drainSockets()
  t.equal(await known, 'offline')
  delete opts.extraHeaders
  await chat.online()
})

t.test('the server takes no connection at present', async t => {
  const chat = await connect(t, await server.signIn())
  const known = saysWhy(chat, 'server busy')
  let isBusy = true
  server.app.io.use((_socket, next) => {
    next(isBusy ? Object.assign(new Error('Wait.'), { data: { statusCode: 429, code: 'RATE_LIMITED' } }) : undefined)
  })
  await server.app.drainSockets()
  t.equal(await known, 'offline')
  isBusy = false
  await chat.online()
})

t.test('of polling that failed the answer is the reason, or that there is none that a page may read', async t => {
  const reason = (error: object, ...answered: Array<'cors' | 'no-cors'>) =>
    reasonOf(Object.assign(new Error('xhr poll error'), error), server.url, async (_input, init) => {
      if (!answered.some(mode => mode === init!.mode)) throw new TypeError('no network')
      return new Response()
    })
  t.equal(await reason({ description: 0 }), 'no server')
  t.equal(await reason({ description: 0 }, 'no-cors'), 'refused origin')
  t.equal(await reason({ description: 0 }, 'no-cors', 'cors'), 'no server', 'it has just come back')
  t.equal(await reason({ message: 'timeout' }), 'no server')
  t.equal(await reason({ message: 'server error' }, 'no-cors', 'cors'), 'no path')
  t.equal(await reason({ description: 400 }), 'no path')
  t.equal(await reason({ description: 403 }), 'server busy')
  const stopping = { responseText: '{"code":4,"message":"The server is stopping."}' }
  t.equal(await reason({ description: 403, context: stopping }), 'server busy')
  t.equal(await reason({ description: 403, context: { responseText: '{"code":4,"message":"Forbidden"}' } }),
    'refused origin')
})

t.test('who is closed while it asks why says no more', async t => {
  const line = await createLine(t, server.url)
  const { promise, resolve } = Promise.withResolvers<Response>()
  const asked = Promise.withResolvers<void>()
  const chat = await connect(t, await server.signIn(), {
    url: line.url,
    async fetch (input, init) {
      if (!String(input).startsWith(`${line.url}/socket.io/`)) return fetch(input, init)
      asked.resolve()
      return promise
    },
  })
  line.cut()
  await asked.promise
  chat.close()
  resolve(new Response())
  await promise
  await new Promise(resolve => setImmediate(resolve))
  t.same([chat.status, chat.offlineReason], ['offline', undefined])
})
