import t from 'tap'
import fc from 'fast-check'
import { Timeline, type Told } from '../../client/src/timeline.ts'

const message = (seq: number, senderId = 'ada', status: 'sent' | 'read' = 'sent') => ({
  id: `${seq}`,
  conversationId: 'c',
  senderId,
  seq,
  version: seq,
  text: `${seq}`,
  imageUrl: null,
  clientMessageId: null,
  status,
  reactions: [],
  createdAt: '',
  deletedAt: null,
  deletedFor: null,
} satisfies Told)
const tombstone = (seq: number, version = seq, deletedFor: 'self' | 'everyone' = 'everyone'): Told =>
  ({ id: `${seq}`, seq, version, deletedAt: 'then', deletedFor })

function timelineFrom (first: number, ...told: Told[]) {
  const timeline = new Timeline(first)
  for (const message of told) timeline.add(message)
  return timeline
}

const seqs = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq)

t.test('messages are in order, each once, however they come', async t => {
  fc.assert(fc.property(fc.shuffledSubarray([
    2, 3, 4, 5, 6, 7, 8,
  ], { minLength: 7 }), fc.array(fc.integer({ min: 1, max: 8 })), (order, again) => {
    const timeline = timelineFrom(1, message(1), ...[...order, ...again].map(seq => message(seq)))
    t.same(seqs(timeline), [1, 2, 3, 4, 5, 6, 7, 8])
    t.equal(timeline.gap(8), undefined)
  }), { numRuns: 50 })
})

t.test('what is older never replaces what is newer', async t => {
  const [older, newer] = [message(1), { ...message(1), version: 5, text: 'edited' }]
  for (const told of [[older, newer], [newer, older]]) {
    t.match(timelineFrom(1, ...told).messages, [{ version: 5, text: 'edited' }])
    const timeline = timelineFrom(2, message(2), ...told)
    timeline.addOlder([older])
    t.match(timeline.get(1), { version: 5, text: 'edited' })
  }
  const hidden = timelineFrom(1, tombstone(1, 1, 'self'), newer)
  t.match(hidden.messages, [{ status: 'deleted', deletedFor: 'self' }], 'and what is deleted stays so')
})

t.test('two accounts of a message say the same in either order', async t => {
  const accounts = [message(2), message(2, 'ada', 'read'), tombstone(2, 2, 'self'), tombstone(2, 9)]
  const kept = (a: Told, b: Told) => timelineFrom(1, message(1, 'bob'), message(3, 'bob'), a, b).get(2)
  for (const a of accounts) for (const b of accounts) t.same(kept(a, b), kept(b, a))
  t.match(kept(accounts[2]!, accounts[3]!), { deletedFor: 'everyone', status: 'deleted' })
  t.match(kept(accounts[0]!, accounts[1]!), { status: 'read' })
})

t.test('a gap is found, at the beginning, in between and at the end', async t => {
  const timeline = timelineFrom(2, message(3), message(4), message(7))
  t.same(timeline.gap(7), { afterSeq: 1, beforeSeq: 3 })
  timeline.add(message(2))
  t.same(timeline.gap(7), { afterSeq: 4, beforeSeq: 7 })
  for (const seq of [5, 6]) timeline.add(message(seq))
  t.equal(timeline.gap(7), undefined)
  t.same(timeline.gap(9), { afterSeq: 7, beforeSeq: 10 })
  t.equal(new Timeline(1).gap(0), undefined)
  t.same(new Timeline(1).gap(1), { afterSeq: 0, beforeSeq: 2 })
  t.equal(timeline.get(8), undefined)
  t.equal(timeline.get(99), undefined)
})

t.test('what was told of older messages is newer than the page they come with', async t => {
  const timeline = timelineFrom(5, message(5), tombstone(3, 9), tombstone(2, 8), tombstone(3, 9))
  timeline.read('ada', 4)
  timeline.addOlder([message(3), message(4)])
  timeline.addOlder([])
  t.match(timeline.messages, [{ seq: 3, status: 'deleted' }, { seq: 4, status: 'read' }, { seq: 5, status: 'sent' }])
})

t.test('reading one is reading all before it of the same person', async t => {
  const timeline = timelineFrom(1, message(1), message(2, 'bob'), message(3), message(4))
  timeline.read('ada', 3)
  timeline.read('ada', 2)
  t.same(timeline.messages.map(({ status }) => status), ['read', 'sent', 'read', 'sent'])
  timeline.add(message(4, 'ada', 'read'))
  timeline.add(message(5))
  timeline.read('ada', 9)
  timeline.add(message(6))
  t.same(timeline.messages.map(({ status }) => status), ['read', 'sent', 'read', 'read', 'read', 'read'])
})

t.test('what was answered early is at the end, until it is in its place', async t => {
  const timeline = timelineFrom(1, message(1))
  timeline.land(message(5))
  timeline.land(message(4))
  timeline.land(message(1))
  t.same(timeline.shown().map(({ seq }) => seq), [1, 4, 5])
  t.same(seqs(timeline), [1])
  for (const seq of [2, 3, 4, 5]) timeline.add(message(seq))
  t.same(timeline.shown().map(({ seq }) => seq), [1, 2, 3, 4, 5])
})

t.test('the first message may come after those that followed it', async t => {
  const timeline = timelineFrom(1, message(2), tombstone(1, 4))
  t.same(seqs(timeline), [1, 2])
  t.notOk(timeline.hasOlder)
})
