import t from 'tap'
import { requireConversation } from '../../src/modules/conversations/public.ts'
import { startServer, type Person } from '../support/server.ts'
import { collide, failWhileWaiting } from '../support/modules/collide.ts'

const server = await startServer(t)
const twoOf = async () => await server.signInMany(2) as [Person, Person]

/** What the other side does a moment earlier: $1 holds both ids. */
const openFirst = `
  WITH c AS (
    INSERT INTO conversations (id, type, direct_key, member_count)
    VALUES (gen_random_uuid(), 'direct', $1, 2) RETURNING id
  )
  INSERT INTO participants (id, conversation_id, user_id)
  SELECT gen_random_uuid(), c.id, u.id::uuid FROM c, unnest(string_to_array($1, ':')) u (id)`

t.test('whoever opens a conversation while the other side is doing so gets the other side\'s', async t => {
  const [ada, bob] = await twoOf()
  const ids = [ada.id, bob.id].sort().join(':')
  const [answer] = await collide(server, openFirst, ids, [() => ada.post('/conversations', { userId: bob.id })])
  t.match(answer!, { status: 200, body: { created: false, conversation: { otherUser: { id: bob.id } } } })
  t.equal((await server.sql('SELECT FROM participants WHERE user_id = $1', [ada.id])).length, 1)
})

t.test('an opening that the database gives up on is a 503, and can be repeated', async t => {
  const [ada, bob] = await twoOf()
  const open = () => ada.post('/conversations', { userId: bob.id })
  t.match(await failWhileWaiting(server, openFirst, [ada.id, bob.id].sort().join(':'), open), {
    status: 503, body: { code: 'UNAVAILABLE' },
  })
  t.equal((await open()).status, 201)
})

t.test('muting a group while being removed from it is a 404', async t => {
  const ada = await server.signIn()
  const { id } = (await ada.post('/groups', { name: 'Chess' })).body.group
  const [answer] = await collide(server, 'DELETE FROM participants WHERE conversation_id = $1', id, [
    () => ada.patch(`/conversations/${id}`, { isMuted: true }),
  ])
  t.match(answer!, { status: 404, body: { code: 'NOT_FOUND' } })
})

t.test('a conversation that one has just left is no longer there to be shown', async t => {
  const [ada, bob] = await twoOf()
  const { id } = await ada.talkTo(bob)
  const eve = await server.signIn()
  t.match(await requireConversation(server.app.db, ada.id, id), { id, type: 'direct' })
  await t.rejects(requireConversation(server.app.db, eve.id, id), { code: 'NOT_FOUND', statusCode: 404 })
})
