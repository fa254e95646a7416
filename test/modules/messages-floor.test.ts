import t from 'tap'
import { startServer, type Person, type TestServer } from '../support/server.ts'

const server = await startServer(t)

const floors: Record<string, (server: TestServer, id: string, userId: string) => Promise<unknown>> = {
  'one\'s own history': (server, id, userId) => server.sql(
    'UPDATE participants SET visible_from_seq = 4 WHERE conversation_id = $1 AND user_id = $2', [id, userId]
  ),
  'everybody\'s history': (server, id) =>
    server.sql('UPDATE conversations SET history_from_seq = 4 WHERE id = $1', [id]),
}

for (const [what, raise] of Object.entries(floors)) {
  t.test(`nothing before ${what} is seen anywhere`, async t => {
    const [ada, bob] = await server.signInMany(2) as [Person, Person]
    const { id, version } = await ada.talkTo(bob)
    const clientMessageId = crypto.randomUUID()
    const said = [await ada.say(id, 'SECRET 1', clientMessageId)]
    for (const n of [2, 3, 4]) said.push(await bob.say(id, `SECRET ${n}`))
    await ada.delete(`/messages/${said[1]!.id}?for=self`)
    await raise(server, id, ada.id)

    const bodies = async () => [
      (await ada.get('/conversations')).body,
      (await ada.get(`/conversations/${id}?markRead=false`)).body,
      (await ada.get(`/conversations/${id}/messages`)).body,
      (await ada.get(`/conversations/${id}/messages?afterSeq=0`)).body,
      (await ada.get(`/conversations/${id}/messages?beforeSeq=6`)).body,
      (await ada.post('/sync', { conversations: {} })).body,
      (await ada.post('/sync', { conversations: { [id]: version }, ownVersion: 0 })).body,
    ]
    const empty = await bodies()
    t.notMatch(JSON.stringify(empty), /SECRET/)
    for (const message of said) t.notMatch(JSON.stringify(empty), message.id)
    t.match(empty[0].conversations, [{ id, unreadCount: 0, lastMessage: null, lastSeq: 4 }])
    t.match(empty[2], { messages: [], hasMore: false })

    const gone = { status: 404, body: { code: 'NOT_FOUND' } }
    for (const message of said) {
      t.match(await ada.post(`/messages/${message.id}/read`), gone)
      t.match(await ada.delete(`/messages/${message.id}?for=self`), gone)
      t.match(await ada.delete(`/messages/${message.id}?for=everyone`), gone)
      t.match(await ada.get(`/conversations/${id}?cursor=${message.id}`), { status: 400 })
    }
    t.match(await ada.post(`/conversations/${id}/messages`, { text: 'SECRET 1', clientMessageId }), gone)
    await ada.get(`/conversations/${id}`)
    t.equal((await ada.get('/conversations')).body.conversations[0].lastReadAt, null, 'nothing was there to read')

    const fifth = await bob.say(id, 'Hello')
    const full = await bodies()
    t.notMatch(JSON.stringify(full), /SECRET/)
    for (const body of full) t.match(JSON.stringify(body), fifth.id)
    t.match(full[0].conversations, [{ unreadCount: 1, lastMessage: { seq: 5 } }])
    t.equal((await ada.post(`/messages/${fifth.id}/read`)).status, 200)
    t.equal((await ada.get('/conversations')).body.conversations[0].unreadCount, 0)

    const others = (await bob.get(`/conversations/${id}/messages`)).body.messages
    t.same(others.map((message: any) => message.seq), what.startsWith('one') ? [1, 2, 3, 4, 5] : [5])
  })
}
