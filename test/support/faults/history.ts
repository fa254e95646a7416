/**
 * What simulated people did and heard, in the order in which it happened; and afterwards whether the
 * rows of the database and what the clients hold agree with it.
 */
import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import type { Message } from '../../../src/modules/messages/schemas.ts'
import type { Kept } from '../reference-client.ts'

export interface Send { senderId: string, conversationId: string, clientMessageId: string, text: string }
/** A message as someone was told of it, by an acknowledgement or an event. */
export type Told = Pick<Message, 'id' | 'conversationId' | 'seq' | 'text'>

export type Entry =
  | { kind: 'invoked', send: Send }
  | { kind: 'acknowledged', clientMessageId: string, message: Told }
  | { kind: 'heard', reader: string, message: Told }

type Stored = 'id' | 'conversationId' | 'senderId' | 'seq' | 'version' | 'text' | 'clientMessageId'
export type Row = Pick<Message, Stored> & { isDeleted: boolean }

/** A client at the end: the conversations it is in, and the messages it shows of each, in order. */
export interface Reader { name: string, conversationIds: string[], messagesOf (conversationId: string): Kept[] }

export interface Faults {
  /** Acknowledged, but not stored, or not as acknowledged. */
  lost: string[]
  /** One message stored twice. */
  doubled: string[]
  /** Stored, heard or held, but never sent, or not like that. */
  unexpected: string[]
  /** Numbers of a conversation that nobody or more than one message has. */
  gaps: string[]
  /** Sent after another was acknowledged and yet before it, or held in another order or content than stored. */
  reordered: string[]
  /** Stored, but a reader ends without it. */
  missing: string[]
}

export const noFaults: Faults = { lost: [], doubled: [], unexpected: [], gaps: [], reordered: [], missing: [] }

const of = <Kind extends Entry['kind']>(history: Entry[], kind: Kind) =>
  history.filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind)
const placeOf = ({ conversationId, seq }: { conversationId: string, seq: number }) => `#${seq} of ${conversationId}`
/** A text that was deleted since is no contradiction to what was told of it before. */
const isRow = (row: Row | undefined, told: Told) =>
  row !== undefined && row.conversationId === told.conversationId && row.seq === told.seq &&
    (row.isDeleted || row.text === told.text)

/** Where one thing is wrong, thousands may be. */
const few = (faults: string[]) =>
  faults.length <= 10 ? faults : [...faults.slice(0, 10), `and ${faults.length - 10} more`]

export function findFaults (history: Entry[], rows: Row[], readers: Reader[]): Faults {
  const byId = new Map(rows.map(row => [row.id, row]))
  const byConversation = Map.groupBy(rows, row => row.conversationId)
  const isFalse = ({ message }: { message: Told }) => !isRow(byId.get(message.id), message)
  const isLost = (entry: Extract<Entry, { kind: 'acknowledged' }>) =>
    isFalse(entry) || byId.get(entry.message.id)!.clientMessageId !== entry.clientMessageId
  const held = readers.map(reader => compareReader(reader, byConversation))
  return {
    lost: few(of(history, 'acknowledged').filter(isLost).map(({ message }) => placeOf(message))),
    doubled: few(findDoubled(rows)),
    unexpected: few([
      ...findUnsent(history, rows),
      ...of(history, 'heard').filter(isFalse).map(({ reader, message }) => `${placeOf(message)}, heard by ${reader}`),
      ...held.flatMap(({ unexpected }) => unexpected),
    ]),
    gaps: few([...byConversation.values()].flatMap(findGaps)),
    reordered: few([...findOvertaking(history), ...held.flatMap(({ reordered }) => reordered)]),
    missing: few(held.flatMap(({ missing }) => missing)),
  }
}

function findDoubled (rows: Row[]): string[] {
  const copies = Map.groupBy(
    rows.filter(row => row.clientMessageId !== null),
    row => `${row.conversationId} ${row.senderId} ${row.clientMessageId}`
  )
  return [...copies.values()].filter(rows => rows.length > 1).map(rows => rows.map(placeOf).join(' and '))
}

function findUnsent (history: Entry[], rows: Row[]): string[] {
  const sends = new Map(of(history, 'invoked').map(({ send }) => [send.clientMessageId, send]))
  return rows.filter(row => {
    const send = sends.get(row.clientMessageId!)
    return !send || row.conversationId !== send.conversationId || row.senderId !== send.senderId ||
      !(row.isDeleted || row.text === send.text)
  }).map(row => `${placeOf(row)}, stored`)
}

function findGaps (rows: Row[]): string[] {
  const seqs = rows.map(row => row.seq).sort((a, b) => a - b)
  const first = seqs.findIndex((seq, i) => seq !== i + 1)
  return first === -1 ? [] : [`#${seqs[first]} comes after #${seqs[first - 1] ?? 0} in ${rows[0]!.conversationId}`]
}

function findOvertaking (history: Entry[]): string[] {
  const newest = new Map<string, number>()
  const newestWhenSent = new Map<string, number>()
  const overtaking: string[] = []
  for (const entry of history) {
    if (entry.kind === 'invoked') {
      newestWhenSent.set(entry.send.clientMessageId, newest.get(entry.send.conversationId) ?? 0)
    }
    if (entry.kind !== 'acknowledged') continue
    const { conversationId, seq } = entry.message
    const before = newestWhenSent.get(entry.clientMessageId)
    if (before !== undefined && seq <= before) {
      overtaking.push(`${placeOf(entry.message)}, sent after #${before} was acknowledged`)
    }
    newest.set(conversationId, Math.max(newest.get(conversationId) ?? 0, seq))
  }
  return overtaking
}

/** What of a message is compared with its row. */
function essence (message: Kept | Row): object {
  const { id, seq, version } = message
  const isDeleted = 'isDeleted' in message ? message.isDeleted : message.deletedAt !== null
  if (isDeleted) return { id, seq, version, isDeleted }
  const { conversationId, senderId, text, clientMessageId } = message as Message | Row
  return { id, seq, version, conversationId, senderId, text, clientMessageId }
}

function compareReader (
  reader: Reader, byConversation: Map<string, Row[]>
): Pick<Faults, 'unexpected' | 'reordered' | 'missing'> {
  const faults = { unexpected: [] as string[], reordered: [] as string[], missing: [] as string[] }
  for (const conversationId of reader.conversationIds) {
    const rows = new Map((byConversation.get(conversationId) ?? []).map(row => [row.seq, row]))
    const held = reader.messagesOf(conversationId)
    const describe = ({ seq }: { seq: number }) => `${placeOf({ conversationId, seq })}, held by ${reader.name}`
    held.forEach((message, i) => {
      const row = rows.get(message.seq)
      if (!row) faults.unexpected.push(describe(message))
      else if (message.seq <= (held[i - 1]?.seq ?? 0) || !isDeepStrictEqual(
        essence(message), essence(row)
      )) faults.reordered.push(describe(message))
    })
    const heldSeqs = new Set(held.map(message => message.seq))
    for (const row of rows.values()) {
      if (!heldSeqs.has(row.seq)) faults.missing.push(`${placeOf(row)}, for ${reader.name}`)
    }
  }
  return faults
}

/** How much a history proves; that an event comes twice is no fault, clients know its version. */
export function summarize (
  history: Entry[]
): { sent: number, acknowledged: number, heard: number, heardAgain: number } {
  const heard = of(history, 'heard').map(({ reader, message }) => `${reader} ${message.id}`)
  return {
    sent: of(history, 'invoked').length,
    acknowledged: of(history, 'acknowledged').length,
    heard: heard.length,
    heardAgain: heard.length - new Set(heard).size,
  }
}

/** All messages as they are stored. */
export async function readRows (client: pg.Client): Promise<Row[]> {
  const { rows } = await client.query(`
    SELECT id, conversation_id AS "conversationId", sender_id AS "senderId", seq::int, version::int, text,
      client_message_id AS "clientMessageId", deleted_at IS NOT NULL AS "isDeleted"
    FROM messages ORDER BY conversation_id, seq`)
  return rows
}
