import t from 'tap'
import { io } from 'socket.io-client'
import { findPort } from '../../scripts/find-port.ts'
import { createClient } from '../../client/src/index.ts'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { png } from '../support/security/world.ts'
import { startPathProxy, withoutNginx } from '../support/nginx.ts'
import { Listener } from '../support/listener.ts'
import { call, Person, startServer, until, type TestServer } from '../support/server.ts'

const groupId = '01970000-0000-7000-8000-000000000001'
const port = await findPort()
const origin = `http://127.0.0.1:${port}`
const url = `${origin}/chat`
const server = await startServer(t, { PUBLIC_URL: `${url}/`, TRUST_PROXY: '127.0.0.1' })
const skip = withoutNginx
if (!skip) await startPathProxy(t, { port, server: server.url })

/** Somebody who comes through nginx. */
async function signIn (): Promise<Person> {
  const { user, token } = await server.signIn()
  return new Person({ ...server, url } satisfies TestServer, user, token)
}

t.test('calls work under a path, whatever is in their address', { skip }, async t => {
  const ada = await signIn()
  await ada.post(`/groups/${groupId}/join`)
  const { id } = await ada.say(groupId, 'Hello')
  const { status, body } = await ada.put(`/messages/${id}/reactions/${encodeURIComponent('👍🏽')}`)
  t.match([status, body.message.myReactions], [200, ['👍🏽']])
  t.match(await ada.get(`/groups?limit=1&search=${encodeURIComponent('100% / ?')}`), { status: 200 })
  t.match(await ada.get('/nothing'), { status: 404, body: { code: 'NOT_FOUND' } })
})

t.test('what is made is where its Location says', { skip }, async t => {
  const [ada, bob] = [await signIn(), await signIn()]
  const made = [
    await ada.post('/groups', { name: 'Readers' }),
    await ada.post('/conversations', { userId: bob.id }),
  ]
  made.push(await ada.post(`/conversations/${made[1]!.body.conversation.id}/messages`, { text: 'Hello' }))
  for (const { status, headers } of made) {
    t.equal(status, 201)
    t.match(headers.get('location'), /^\/chat\/api\/v1\//)
    t.equal((await call(new URL(headers.get('location')!, url).href, 'GET', { token: ada.token })).status, 200)
  }
})

t.test('images load from the address that they are said to have', { skip }, async t => {
  const ada = await signIn()
  const { body: { imageUrl } } = await ada.upload('/upload/image', 'image', png)
  t.ok(imageUrl.startsWith(`${url}/images/`))
  t.match(await call(imageUrl, 'GET'), { status: 200 })
  const large = await ada.upload('/upload/image', 'image', Buffer.alloc(20 * 1024 * 1024 + 1))
  t.match(large, { status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } }, 'the server judges the size, not nginx')
})

t.test('sockets connect under a path, by each transport', { skip }, async t => {
  const ada = await signIn()
  await ada.post(`/groups/${groupId}/join`)
  for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
    const socket = io(origin, {
      path: '/chat/socket.io', auth: { token: ada.token }, forceNew: true, transports, extraHeaders: { origin },
    })
    t.teardown(() => socket.disconnect())
    const ear = new Listener(socket)
    await until(() => socket.io.engine.transport?.name === transports.at(-1))
    const { message } = await ear.ask('message:send', { conversationId: groupId, text: transports.join() })
    t.same((await ear.next('message:new')).message, message, transports.join())
  }
  const chat = await createClient({ url, token: ada.token })
  t.teardown(() => chat.close())
  await chat.online()
})

t.test('both descriptions name the path', { skip }, async t => {
  const { body: { servers, externalDocs } } = await call(`${url}/docs/openapi.json`, 'GET')
  t.match(servers, [{ url: '/chat' }])
  t.match((await call(new URL(externalDocs.url, url).href, 'GET')).body, '<title>Convo, events</title>')
  const { body: { servers: { convo } } } = await call(`${url}/docs/asyncapi.json`, 'GET')
  t.match(convo, { pathname: '/chat/socket.io/', protocol: 'ws', variables: { host: { default: new URL(url).host } } })
})

t.test('the pages of documentation load all that they name, and lead to each other', { skip }, async t => {
  for (const page of ['docs', 'docs/', 'docs/static/index.html', 'docs/events']) {
    const response = await fetch(`${url}/${page}`)
    const addresses = [...(await response.text()).matchAll(/(?:src|href)="([^"#]+)"/g)]
      .map(([, address]) => new URL(address!, response.url).href)
    t.ok(addresses.length >= 3, page)
    for (const address of addresses) {
      t.ok(address.startsWith(`${url}/docs`), address)
      t.equal((await call(address, 'GET')).status, 200, address)
    }
  }
})

t.test('"Try it" calls under the path', { skip: skip || withoutBrowser }, async t => {
  const { token } = await signIn()
  const page = await openPage(t)
  await page.goto(`${url}/docs`)
  await page.locator('.btn.authorize').click()
  await page.locator('.auth-container input').fill(token)
  await page.locator('.auth-btn-wrapper .authorize').click()
  await page.locator('.btn-done').click()
  const operation = page.locator('#operations-groups-getGroup')
  await operation.click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  t.equal(await operation.locator('.live-responses-table .response-col_status').last().innerText(), '200')
  t.match(await operation.locator('.request-url').innerText(), `${url}/api/v1/groups/${groupId}`)
})
