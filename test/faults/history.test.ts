import t from 'tap'
import type { Kept } from '../support/reference-client.ts'
import {
  findFaults, noFaults, summarize, type Entry, type Faults, type Reader, type Row,
} from '../support/faults/history.ts'

/** Ada and Bob say four messages to each other, each hears the other's, and all went well. */
function createWorld () {
  const rows: Row[] = [1, 2, 3, 4].map(seq => ({
    id: `id ${seq}`,
    conversationId: 'chess',
    senderId: seq % 2 ? 'ada' : 'bob',
    seq,
    version: seq + 1,
    text: `text ${seq}`,
    clientMessageId: `client ${seq}`,
    isDeleted: false,
  }))
  const history: Entry[] = rows.flatMap(row => {
    const { id, conversationId, senderId, seq, text, clientMessageId } = row
    const message = { id, conversationId, seq, text }
    return [
      { kind: 'invoked', send: { senderId, conversationId, clientMessageId: clientMessageId!, text: text! } },
      { kind: 'heard', reader: 'ada', message },
      { kind: 'heard', reader: 'bob', message },
      { kind: 'acknowledged', clientMessageId: clientMessageId!, message },
    ] satisfies Entry[]
  })
  const held = { ada: rows.map(toHeld), bob: rows.map(toHeld) }
  const readers: Reader[] = ([
    'ada', 'bob',
  ] as const).map(name => ({ name, conversationIds: ['chess'], messagesOf: () => held[name] }))
  return { rows, history, held, readers, faults: () => findFaults(history, rows, readers) }
}

function toHeld ({ isDeleted, ...row }: Row): Kept {
  return {
    ...row, imageUrl: null, status: 'sent', createdAt: '2026-01-01T00:00:00.000Z', deletedAt: null, deletedFor: null,
  }
}

t.test('where all went well it finds nothing', async t => {
  const { history, faults } = createWorld()
  t.same(faults(), noFaults)
  t.same(summarize(history), { sent: 4, acknowledged: 4, heard: 8, heardAgain: 0 })
})

t.test('a message that was deleted after it was heard is no fault, held without its content', async t => {
  const { rows, held, faults } = createWorld()
  Object.assign(rows[1]!, { isDeleted: true, version: 6 })
  for (const messages of Object.values(held)) {
    messages[1] = { id: 'id 2', seq: 2, version: 6, deletedAt: '2026-01-01T00:00:01.000Z', deletedFor: 'everyone' }
  }
  t.same(faults(), noFaults)
})

t.test('a message that was never answered may be stored or not', async t => {
  const { history, faults } = createWorld()
  history.splice(history.findIndex(entry => entry.kind === 'acknowledged'), 1)
  history.push({
    kind: 'invoked', send: { senderId: 'ada', conversationId: 'chess', clientMessageId: 'client 5', text: 'text 5' },
  })
  t.same(faults(), noFaults)
  t.match(summarize(history), { sent: 5, acknowledged: 3 })
})

t.test('an event that comes twice is counted, and no fault', async t => {
  const { history, faults } = createWorld()
  history.push(history.find(entry => entry.kind === 'heard')!)
  t.same(faults(), noFaults)
  t.equal(summarize(history).heardAgain, 1)
})

type World = ReturnType<typeof createWorld>

const cases: Array<{ what: string, cause: (world: World) => void, found: Partial<Faults> }> = [
  {
    what: 'an acknowledged message that is not stored',
    cause: ({ rows, history, held }) => {
      rows.pop()
      for (const messages of Object.values(held)) messages.pop()
      history.splice(history.findIndex(entry => entry.kind === 'heard' && entry.message.seq === 4), 2)
    },
    found: { lost: ['#4 of chess'] },
  },
  {
    what: 'a message that is stored under another number than acknowledged',
    cause: ({ history }) => {
      const answer = history.findLast(entry => entry.kind === 'acknowledged')!
      answer.message = { ...answer.message, seq: 5 }
    },
    found: { lost: ['#5 of chess'] },
  },
  {
    what: 'a message that is acknowledged with another one',
    cause: ({ history }) => {
      const [first, second] = history.filter(entry => entry.kind === 'acknowledged')
      second!.message = first!.message
    },
    found: { lost: ['#1 of chess'], reordered: ['#1 of chess, sent after #1 was acknowledged'] },
  },
  {
    what: 'a message that is stored twice',
    cause: ({ rows, held }) => {
      rows.push({ ...rows[3]!, id: 'id 5', seq: 5, version: 6 })
      for (const messages of Object.values(held)) messages.push(toHeld(rows[4]!))
    },
    found: { doubled: ['#4 of chess and #5 of chess'] },
  },
  {
    what: 'a stored message that nobody sent',
    cause: ({ rows, held }) => {
      rows.push({ ...rows[3]!, id: 'id 5', seq: 5, version: 6, clientMessageId: null })
      for (const messages of Object.values(held)) messages.push(toHeld(rows[4]!))
    },
    found: { unexpected: ['#5 of chess, stored'] },
  },
  {
    what: 'a message that is stored as another one\'s',
    cause: ({ rows, held }) => {
      rows[3]!.senderId = 'ada'
      for (const messages of Object.values(held)) messages[3] = toHeld(rows[3]!)
    },
    found: { unexpected: ['#4 of chess, stored'] },
  },
  {
    what: 'an event about a message that is not stored',
    cause: ({ history }) => history.push({
      kind: 'heard', reader: 'bob', message: { id: 'id 5', conversationId: 'chess', seq: 5, text: 'text 5' },
    }),
    found: { unexpected: ['#5 of chess, heard by bob'] },
  },
  {
    what: 'an event with another text than stored',
    cause: ({ history }) => history.push({
      kind: 'heard', reader: 'bob', message: { id: 'id 4', conversationId: 'chess', seq: 4, text: 'text 3' },
    }),
    found: { unexpected: ['#4 of chess, heard by bob'] },
  },
  {
    what: 'a message that a client holds and that is not stored',
    cause: ({ held }) => held.ada.push({ ...held.ada[3]!, id: 'id 5', seq: 5 }),
    found: { unexpected: ['#5 of chess, held by ada'] },
  },
  {
    what: 'a number that no message has',
    cause: ({ rows, history, held }) => {
      rows[3]!.seq = 5
      for (const entry of history) {
        if (entry.kind !== 'invoked' && entry.message.seq === 4) entry.message = { ...entry.message, seq: 5 }
      }
      for (const messages of Object.values(held)) messages[3] = toHeld(rows[3]!)
    },
    found: { gaps: ['#5 comes after #3 in chess'] },
  },
  {
    what: 'a message that was sent after another was acknowledged and comes before it',
    cause: ({ rows, history, held }) => {
      rows[2]!.seq = 4
      rows[3]!.seq = 3
      for (const entry of history) {
        if (entry.kind !== 'invoked') {
          entry.message = { ...entry.message, seq: rows.find(row => row.id === entry.message.id)!.seq }
        }
      }
      for (const messages of Object.values(held)) messages.splice(2, 2, toHeld(rows[3]!), toHeld(rows[2]!))
    },
    found: { reordered: ['#3 of chess, sent after #4 was acknowledged'] },
  },
  {
    what: 'two messages that change places for one reader',
    cause: ({ held }) => {
      const [, , third, fourth] = held.bob
      held.bob.splice(2, 2, fourth!, third!)
    },
    found: { reordered: ['#3 of chess, held by bob'] },
  },
  {
    what: 'a message that a reader holds with another text',
    cause: ({ held }) => { held.bob[1] = { ...held.bob[1]!, text: 'text 1' } },
    found: { reordered: ['#2 of chess, held by bob'] },
  },
  {
    what: 'a deletion that a reader does not know of',
    cause: ({ rows, held }) => {
      Object.assign(rows[1]!, { isDeleted: true, version: 6 })
      held.ada[1] = { id: 'id 2', seq: 2, version: 6, deletedAt: '2026-01-01T00:00:01.000Z', deletedFor: 'everyone' }
    },
    found: { reordered: ['#2 of chess, held by bob'] },
  },
  {
    what: 'a message that a reader ends without',
    cause: ({ held }) => held.bob.splice(1, 1),
    found: { missing: ['#2 of chess, for bob'] },
  },
]

t.test('of very many faults it names some', async t => {
  const { history, faults } = createWorld()
  for (let seq = 5; seq <= 16; seq++) {
    history.push({ kind: 'heard', reader: 'bob', message: { id: `id ${seq}`, conversationId: 'chess', seq, text: '' } })
  }
  t.match(faults().unexpected.slice(9), ['#14 of chess, heard by bob', 'and 2 more'])
})

for (const { what, cause, found } of cases) {
  t.test(`it finds ${what}`, async t => {
    const world = createWorld()
    cause(world)
    t.same(world.faults(), { ...noFaults, ...found })
  })
}
