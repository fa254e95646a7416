import t, { type Test } from 'tap'
import { startBalancer, withoutNginx } from '../support/nginx.ts'
import { makers } from '../support/outside/clients.ts'
import { call, startServer, until } from '../support/server.ts'
import { findPort, signInAt } from '../support/server-process.ts'

const groupId = '01970000-0000-7000-8000-000000000001'
const server = await startServer(t, { PORT: String(await findPort()), TRUST_PROXY: '127.0.0.1' })
const ada = await server.signIn('Ada')
await ada.post(`/groups/${groupId}/join`)
const ear = await ada.connect({ reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 500 })

const nginxUrl = withoutNginx ? '' : (await startBalancer(t, [server.url])).url
const ways = [
  { way: 'directly', url: server.url, without: false },
  { way: 'through nginx', url: nginxUrl, without: withoutNginx },
]
const cases = makers.flatMap(({ maker, connect, without }) => ways.flatMap(({ way, url, without: withoutWay }) =>
  (['polling', 'websocket'] as const).map(transport =>
    ({ name: `${maker} ${way} by ${transport}`, connect, url, transport, skip: without || withoutWay }))))

/** Signs somebody in who is in the group, and connects for them. */
async function arrive ({ name, connect, url, transport }: typeof cases[number], i: number) {
  const token = await signInAt(url, `person-${i}@example.com`)
  await call(`${url}/api/v1/groups/${groupId}/join`, 'POST', { token })
  return { name, client: connect(t, url, token, transport) }
}

const clients = await Promise.all(cases.filter(({ skip }) => !skip).map(arrive))

/** Each sends a message, and hears one. */
async function talk (t: Test, when: string): Promise<void> {
  await Promise.all(clients.map(async ({ name, client }) => {
    const text = `${name}, ${when}`
    t.match(await client.send({ conversationId: groupId, text }), { ok: true, message: { text } }, `${name} sends`)
    await ear.next('message:new', ({ message }) => message.text === text)
  }))
  await ada.say(groupId, `Ada, ${when}`)
  await Promise.all(clients.map(async ({ name, client }) => t.ok(await client.hears(`Ada, ${when}`), `${name} hears`)))
}

const connect = (t: Test, times: number) =>
  Promise.all(clients.map(async ({ name, client }) => t.ok(await client.connects(times), `${name} connects`)))

t.test('clients of other makers connect, send and hear, by each transport, directly and through nginx', async t => {
  await connect(t, 1)
  await talk(t, 'at first')
})

t.test('they come back by themselves when the server has stopped and is there again', async t => {
  await server.app.close()
  const { DATABASE_URL, JWT_SECRET, PORT, TRUST_PROXY } = server.config
  await startServer(t, { DATABASE_URL, JWT_SECRET, PORT: String(PORT), TRUST_PROXY: TRUST_PROXY.join() })
  await until(() => ear.socket.connected)
  await connect(t, 2)
  await talk(t, 'once more')
})

for (const { name, skip } of cases) if (skip) void t.test(name, { skip }, () => {})
