import t, { type Test } from 'tap'
import { createChooser } from '../chooser.ts'
import { startServer, type Person } from '../helper.ts'
import { SyncClient, toKept } from './sync-client.ts'

const server = await startServer(t)

async function compare (t: Test, person: Person, client: SyncClient, about: string): Promise<void> {
  const { conversations } = (await person.get('/conversations?limit=100')).body
  const held = [...client.conversations.values()]
  t.same(new Map(held.map(({ conversation }) => [conversation.id, conversation])), new Map(conversations.map((c: { id: string }) => [c.id, c])), about)
  for (const { id } of conversations) {
    const { messages } = (await person.get(`/conversations/${id}/messages?limit=100`)).body
    t.same(client.messagesOf(id), messages.map(toKept), about)
  }
}

for (const seed of [1, 2, 3]) {
  t.test(`after whatever three people do, what sync told step by step is what is there (${seed})`, async t => {
    const { below, oneOf } = createChooser(seed)
    const people = await server.signInMany(3) as [Person, Person, Person]
    const { id: group } = (await people[0].post('/groups', { name: 'Chess' })).body.group
    const directs = [await people[0].talkTo(people[1]), await people[1].talkTo(people[2])].map(({ id }) => id)
    const said: string[] = ['00000000-0000-7000-8000-000000000000']
    const devices = people.flatMap(person => [{ person, client: new SyncClient(person) }, { person, client: new SyncClient(person) }])

    const actions: Array<(person: Person) => Promise<unknown>> = [
      ...Array(6).fill(async (person: Person) => {
        const { status, body } = await person.post(`/conversations/${oneOf([group, ...directs])}/messages`, { text: `${said.length}` })
        if (status === 201) said.push(body.message.id)
      }),
      person => person.post(`/messages/${oneOf(said)}/read`),
      person => person.get(`/conversations/${oneOf([group, ...directs])}`),
      person => person.delete(`/messages/${oneOf(said)}?for=self`),
      person => person.delete(`/messages/${oneOf(said)}?for=everyone`),
      person => person.patch(`/conversations/${oneOf([group, ...directs])}`, { isMuted: below(2) === 0 }),
      person => person.patch(`/conversations/${oneOf(directs)}`, { isBlocked: below(3) === 0 }),
      person => person.post(`/groups/${group}/join`),
      person => person.post(`/groups/${group}/${oneOf(['join', 'leave'])}`),
    ]
    for (let round = 0; round < 70; round++) {
      // Now and then several at once.
      await Promise.all(Array.from({ length: 1 + below(3) }, () => oneOf(actions)(oneOf(people))))
      if (below(3) > 0) continue
      const { person, client } = oneOf(devices)
      await client.catchUp()
      await compare(t, person, client, `round ${round}, ${person.user.name}`)
    }
    for (const { person, client } of devices) {
      await client.catchUp()
      await compare(t, person, client, `at the end, ${person.user.name}`)
      t.same((await client.step()).changed, [])
    }
    t.ok(said.length > 15)
  })
}
