import { EventEmitter } from 'node:events'
import t from 'tap'
import type { Api, Conversation, Message, User } from '../../client/src/index.ts'
import { refreshPresence } from '../../client/src/presence.ts'
import { Replica, type VersionedEvent } from '../../client/src/replica.ts'

const message = (seq: number) => ({
  id: `${seq}`,
  conversationId: 'c',
  senderId: 'ada',
  seq,
  version: seq,
  status: 'sent',
  clientMessageId: null,
  deletedAt: null,
  deletedFor: null,
}) as Message
const conversation = (more: Partial<Conversation> = {}) => ({
  id: 'c', type: 'direct', lastSeq: 1, version: 1, unreadCount: 0, lastMessage: null, otherUser: null, ...more
}) as Conversation
const user = (id: string, isOnline: boolean) => ({ id, isOnline, lastActive: null }) as User

function createReplica (...conversations: Conversation[]) {
  const changed: string[] = []
  const arrived: number[] = []
  const replica = new Replica('ada', {
    changed: id => { changed.push(id) },
    arrived: ({ seq }) => { arrived.push(seq) },
    confirmed () {},
    left () {},
    profileChanged () {},
  })
  replica.apply({
    changed: conversations.map(conversation => ({ conversation, messages: [message(60)], limited: true })),
    left: [],
    own: { conversations: [], profile: null },
    ownVersion: 1,
  })
  return { replica, changed, arrived }
}

const reading = (version: number, seq: number) => ({
  name: 'message:status', conversationId: 'c', version, messageId: `${seq}`, seq, status: 'read', userId: 'bob',
}) as const

t.test('what is read is the last message, if that is held', async t => {
  for (const [lastMessage, status] of [[message(60), 'read'], [message(3), 'sent'], [null, undefined]] as const) {
    const { replica } = createReplica(conversation({ lastMessage }))
    t.ok(replica.take(reading(2, 60)))
    t.equal(replica.held.get('c')!.conversation.lastMessage?.status, status)
  }
})

t.test('what is told of a conversation that is gone changes nothing', async t => {
  const { replica } = createReplica()
  t.notOk(replica.take(reading(1, 1)))
  replica.land(message(1))
  replica.fill('c', [message(1)])
  t.equal(replica.held.size, 0)
})

t.test('who is online is asked page by page, and what is heard meanwhile is newer', async t => {
  const { replica, changed } = createReplica(
    conversation({ otherUser: user('bob', true) }),
    conversation({ id: 'd', otherUser: user('cat', false) }),
    conversation({ id: 'e' })
  )
  changed.splice(0)
  const socket = new EventEmitter()
  const cursors: unknown[] = []
  const api = {
    async listConversations ({ cursor }: { cursor?: string }) {
      cursors.push(cursor)
      if (cursor !== undefined) {
        return { conversations: [conversation({ otherUser: user('bob', false) })], nextCursor: null, hasMore: false }
      }
      socket.emit('user:online', { userId: 'bob' })
      return {
        conversations: [conversation({ id: 'd', otherUser: user('cat', true) }), conversation({ id: 'e' })],
        nextCursor: 'next',
        hasMore: true,
      }
    },
  } as unknown as Api
  await refreshPresence(api, replica, socket as never)
  t.same(cursors, [undefined, 'next'])
  t.same(changed, ['d'])
  t.equal(replica.held.get('c')!.conversation.otherUser!.isOnline, true)
  t.equal(socket.listenerCount('user:online') + socket.listenerCount('user:offline'), 0)
})

t.test('an answer of /sync that is older than what is held takes nothing back', async t => {
  const { replica } = createReplica(conversation({ lastSeq: 60, version: 60 }))
  t.ok(replica.take({ name: 'message:new', conversationId: 'c', version: 61, message: message(61) } as VersionedEvent))
  const changed = [{ conversation: conversation({ lastSeq: 60, version: 60 }), messages: [], limited: false }]
  replica.apply({ changed, left: [], own: { conversations: [], profile: null }, ownVersion: 1 })
  t.match(replica.held.get('c'), { version: 61, conversation: { lastSeq: 61, version: 61 } })
})

t.test('a reaction to a message that is not held, or deleted, is a version and no more', async t => {
  const { replica } = createReplica(conversation({ lastSeq: 60, version: 60 }))
  const reaction = (version: number, seq: number) => ({
    name: 'message:reaction', conversationId: 'c', version, messageId: `${seq}`, seq, reactions: [], changes: [],
  })
  t.ok(replica.take(reaction(61, 1)))
  const { timeline } = replica.held.get('c')!
  t.ok(replica.take({ ...reaction(62, 60), changes: [{ userId: 'ada', emoji: '👍', on: true }] } as VersionedEvent))
  t.match(timeline.get(60), { version: 62, myReactions: ['👍'] })
  timeline.add({ id: '60', seq: 60, version: 60, deletedAt: 'then', deletedFor: 'self' })
  t.ok(replica.take(reaction(63, 60)))
  t.match(timeline.get(60), { status: 'deleted' })
  t.equal(replica.held.get('c')!.version, 63)
})

t.test('an event that is not known, or not the next, is a reason to call /sync', async t => {
  const { replica } = createReplica(conversation({ version: 60 }))
  t.equal(replica.take({ name: 'message:sparkled', conversationId: 'c', version: 61 }), false)
  t.equal(replica.take({ name: 'message:sparkled', conversationId: 'c', version: 60 }), true, 'but not one that is old')
  t.equal(replica.take({ name: 'own:sparkled', ownVersion: 2 }), false)
  t.equal(replica.take({ name: 'message:sparkled', conversationId: 'unknown', version: 1 }), false)
})

t.test('one\'s own side of a conversation is taken in, also of one that is newer here', async t => {
  const { replica, changed } = createReplica(conversation())
  const side = { isMuted: true, isBlocked: false, unreadCount: 0, lastReadSeq: 60, lastReadAt: null }
  replica.apply({
    changed: [],
    left: [],
    own: { conversations: [{ ...side, conversationId: 'c' }, { ...side, conversationId: 'gone' }], profile: null },
    ownVersion: 2,
  })
  t.match(replica.held.get('c')!.conversation, { isMuted: true, isBlocked: false })
  t.same(changed, ['c', 'c'])
})

t.test('a new conversation that was read elsewhere already is no news', async t => {
  const { replica, arrived } = createReplica()
  const messages = [{ ...message(1), senderId: 'bob', status: 'read' }, { ...message(2), senderId: 'bob' }] as Message[]
  replica.apply({
    changed: [{ conversation: conversation({ lastSeq: 2, version: 2 }), messages, limited: false }],
    left: [],
    own: { conversations: [], profile: null },
    ownVersion: 2,
  })
  t.same(arrived, [2])
})
