import { randomUUID } from 'node:crypto'
import t from 'tap'
import { startServer, type Person, type TestServer } from './support/server.ts'
import { ReferenceClient } from './support/reference-client.ts'

const server = await startServer(t)

async function openPair () {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  return { ada, bob, id: (await ada.talkTo(bob)).id }
}

function clientOf (t: Parameters<typeof startServer>[0], { url }: TestServer, { id, token }: Person): ReferenceClient {
  const client = new ReferenceClient({ url, token, userId: id })
  t.teardown(() => client.close())
  return client
}

t.test('without a connection it sends over HTTP, and does not wait for one', async t => {
  const { ada, id } = await openPair()
  const client = clientOf(t, server, ada)
  await client.connect()
  client.socket.disconnect()
  t.match(await client.sendLive(id, 'Hello'), { seq: 1 })
  t.match(client.messagesOf(id), [{ seq: 1, text: 'Hello' }])
})

t.test('a send that is repeated after its message was taken back brings nothing back', async t => {
  const { ada, id } = await openPair()
  const client = clientOf(t, server, ada)
  const clientMessageId = randomUUID()
  const message = await client.send(id, 'one', clientMessageId)
  await client.sync()
  await ada.delete(`/messages/${message.id}?for=everyone`)

  t.match(await client.send(id, 'one', clientMessageId), { id: message.id, deletedFor: 'everyone' })
  await client.sync()
  t.same(client.messagesOf(id).map(message => Object.keys(message)), [
    ['id', 'seq', 'version', 'deletedAt', 'deletedFor'],
  ])
  t.equal(client.held.get(id)!.conversation.lastMessage, null)
})
