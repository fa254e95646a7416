import t from 'tap'
import { startServer } from '../helper.ts'

t.test('one person writes and the other hears it', async t => {
  const server = await startServer(t)
  const [ada, bob] = [await server.signIn('Ada'), await server.signIn('Bob')]
  const ear = await bob.connect()
  const { id } = await ada.talkTo(bob)
  const message = await ada.say(id, 'Hello')
  t.match(message, { seq: 1, text: 'Hello', senderId: ada.id, status: 'sent' })
  t.same(await ear.next('message:new'), { conversationId: id, version: message.version, message })
})
