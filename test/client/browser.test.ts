import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type * as convo from '../../client/src/index.ts'
import { findPort } from '../../scripts/find-port.ts'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { startServer, type Person } from '../support/server.ts'
import { upTo } from '../support/client/chats.ts'

if (withoutBrowser) console.log(`# ${withoutBrowser}: the client is not tried in a browser`)
const skip = withoutBrowser

declare const window: { chat: convo.Chat, convo: typeof convo, WebSocket: unknown }
declare const indexedDB: convo.DatabaseFactory
declare const isSecureContext: boolean

/** A host that is not this machine's own, so that browsers do not trust what comes from it over plain HTTP. */
const plainHost = 'chat.example'
const rules = `MAP ${plainHost} 127.0.0.1`

/** A page with the client, from an origin of its own. */
async function servePage (t: Test, port: number): Promise<string> {
  const entry = fileURLToPath(new URL('../../client/src/index.ts', import.meta.url))
  const { outputFiles: [bundle] } = await build({
    entryPoints: [entry], bundle: true, format: 'iife', globalName: 'convo', platform: 'browser', write: false,
  })
  const pages = createServer((request, response) => {
    if (request.url === '/client.js') response.setHeader('content-type', 'text/javascript').end(bundle!.text)
    else response.setHeader('content-type', 'text/html').end('<!doctype html><script src="client.js"></script>')
  })
  await once(pages.listen(port, '127.0.0.1'), 'listening')
  t.teardown(() => { pages.close() })
  return `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
}

/** A tab of its own device, in which somebody is online. */
async function openTab (
  t: Test,
  address: string,
  { server: { url }, token }: Person,
  prepare: (page: Page) => Promise<unknown> = async () => {}
) {
  const page = await openPage(t, [`--host-resolver-rules=${rules}`])
  await prepare(page)
  await page.goto(address)
  await signIn(page, url, token)
  return { context: page.context(), page }
}

const signIn = (page: Page, url: string, token: string) => page.evaluate(async ([url, token]) => {
  window.chat = await window.convo.createClient({
    url: url!, token: token!, outbox: window.convo.indexedDbOutbox(indexedDB),
  })
}, [url, token])

const online = (page: Page) => page.evaluate(() => window.chat.online())
const textsIn = (page: Page, id: string) =>
  page.evaluate(id => window.chat.conversation(id)!.messages.map(message => 'text' in message && message.text), id)
const shows = (page: Page, id: string, count: number) =>
  page.waitForFunction(([id, count]) => window.chat.conversation(id as string)?.messages.length === count, [id, count])

t.test('in a browser: two tabs talk, one is offline while 300 messages pass, and both show the same', {
  skip, timeout: 90_000,
}, async t => {
  const port = await findPort()
  const server = await startServer(t, { FRONTEND_URL: `http://127.0.0.1:${port}` })
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  const address = await servePage(t, port)
  const [one, other] = [await openTab(t, address, ada), await openTab(t, address, bob)]
  await Promise.all([online(one.page), online(other.page)])
  await one.page.evaluate(id => window.chat.send(id, { text: '1' }), id)
  await shows(other.page, id, 1)

  await other.context.setOffline(true)
  await other.page.waitForFunction(() => window.chat.status === 'offline')
  await other.page.evaluate(id => { void window.chat.send(id, { text: 'written offline' }) }, id)
  for (const n of upTo(301, 2)) await ada.say(id, `${n}`)
  t.same(await textsIn(other.page, id), ['1', 'written offline'])
  await other.context.setOffline(false)
  await shows(other.page, id, 302)
  await shows(one.page, id, 302)
  await other.page.waitForFunction(id => window.chat.conversation(id)!.messages.at(-1)!.status === 'sent', id)
  t.same(await textsIn(other.page, id), [...upTo(301).map(String), 'written offline'])
  t.same(await textsIn(one.page, id), await textsIn(other.page, id))

  await t.test('what is written offline outlives the page', async t => {
    await other.page.route('**/api/v1/conversations/*/messages', route => route.abort())
    await other.page.evaluate(id => { void window.chat.send(id, { text: 'before the reload' }) }, id)
    await other.page.waitForFunction(async () => (await window.convo.indexedDbOutbox(indexedDB).load()).length === 1)
    await other.page.unroute('**/api/v1/conversations/*/messages')
    await other.page.reload()
    await signIn(other.page, server.url, bob.token)
    await shows(one.page, id, 303)
    t.equal((await textsIn(one.page, id)).at(-1), 'before the reload')
    await other.page.waitForFunction(async () => (await window.convo.indexedDbOutbox(indexedDB).load()).length === 0)
  })
})

t.test('in a browser: a page that came over plain HTTP, where WebSockets are blocked, talks all the same', {
  skip, timeout: 90_000,
}, async t => {
  const port = await findPort()
  const address = `http://${plainHost}:${port}`
  const server = await startServer(t, { FRONTEND_URL: address })
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  const { id } = await ada.talkTo(bob)
  await servePage(t, port)
  const { page } = await openTab(t, address, ada, page => page.addInitScript(() => {
    window.WebSocket = class { constructor () { throw new Error('blocked') } }
  }))
  await online(page)
  t.same(await page.evaluate(() => [isSecureContext, 'randomUUID' in crypto]), [false, false])
  await page.evaluate(id => window.chat.send(id, { text: 'Hello Bob' }), id)
  await bob.say(id, 'Hello Ada')
  await shows(page, id, 2)
  t.same(await textsIn(page, id), ['Hello Bob', 'Hello Ada'])
})

t.test('in a browser: a page of another origin learns that it was refused, or that there is nobody', {
  skip, timeout: 90_000,
}, async t => {
  const port = await findPort()
  const server = await startServer(t, { FRONTEND_URL: 'https://chat.example.com' })
  const { page } = await openTab(t, await servePage(t, port), await server.signIn())
  await page.waitForFunction(() => window.chat.offlineReason === 'refused origin')
  await server.app.close()
  await page.waitForFunction(() => window.chat.offlineReason === 'no server')
})
