import { totalOf } from './database.ts'
import type { Figures, Sized } from './measure.ts'
import { partitions } from './partitions.ts'
import { million, print, round } from './report.ts'

const headOf = (what: string, { sizes }: Figures) => [what, ...sizes.map(million)]
const bothOf = ({ atSmall, atLarge }: Figures) => [atSmall, atLarge]

function printBytes (figures: Figures): void {
  const { sizes, atLarge, packed, depths } = figures
  const both = bothOf(figures)
  print('Bytes of a message', [...headOf('Part', figures), 'rebuilt', `levels at ${million(sizes[1])}`], [
    ...atLarge.parts.map(
      ({ part }, i) =>
        [part, ...both.map(({ parts }) => round(parts[i]!.bytes, 1)), round(
          packed.find(other => other.part === part)?.bytes ?? 0, 1
        ), depths.find(({ name }) => name === part)?.levels ?? '']
    ),
    ['all', ...both.map(({ parts }) => round(totalOf(parts))), round(totalOf(packed)), '']])
}

function printOtherRows ({ others }: Figures): void {
  print('Bytes of other rows', [
    'Table', 'heap', 'indexes', 'all', 'largest indexes',
  ], [...others].map(([table, parts]) => {
    const indexes = parts.filter(({ part }) => part !== 'heap' && part !== 'TOAST').sort((a, b) => b.bytes - a.bytes)
    return [table, round(parts[0]!.bytes), round(
      totalOf(indexes)
    ), round(totalOf(parts)), indexes.slice(0, 3).map(({ part, bytes }) => `${part} ${round(bytes)}`).join(', ')]
  }))
}

function printSends (figures: Figures): void {
  const row = (what: string, figure: (at: Sized) => string) => [what, ...bothOf(figures).map(figure)]
  print('Sends', headOf('What', figures), [
    row('32 a statement: messages/s', ({ together }) => round(together.perSecond)),
    row('32 a statement: PostgreSQL\'s CPU, µs a message', ({ together }) => round(together.cpu)),
    row('one a statement: messages/s', ({ alone }) => round(alone.perSecond)),
    row('one a statement: PostgreSQL\'s CPU, µs a message', ({ alone }) => round(alone.cpu)),
    row('log, 32 a statement: bytes a message', ({ logTogether }) => round(logTogether.records)),
    row('log, one a statement: bytes a message', ({ logAlone }) => round(logAlone.records)),
    row('the same right after a checkpoint, 32 a statement', ({ logTogether }) => round(logTogether.withPages)),
    row('the same right after a checkpoint, one a statement', ({ logAlone }) => round(logAlone.withPages)),
    row('updates of conversations that touch no index', ({ hot }) => `${round(hot * 100)} %`)])
}

function printQueries (figures: Figures): void {
  const seenRow = (what: string) =>
    bothOf(figures).map(({ seen }) => `${round(seen.get(what)!.blocks)} blocks, ${round(seen.get(what)!.ms, 2)} ms`)
  print(
    'Queries: blocks touched (of 8 KiB, each time one is touched) and time in PostgreSQL',
    headOf('Query', figures),
    [...figures.atLarge.seen.keys()].map(what => [what, ...seenRow(what)])
  )
}

function printNodes ({ changes, comings }: Figures): void {
  print('What a node reads every 5 s', [
    'Changes since', 'of different things', 'ms', 'PostgreSQL\'s CPU, ms', 'answer, MB', 'deleting them, ms',
  ],
  changes.map(
    row => [
      round(row.changes), round(row.keys), round(row.ms, 1), round(row.cpu), round(row.bytes / 1e6, 2),
      round(row.forgetting),
    ]
  ))
  print('People of a node that dies', [
    'People', 'came in, ms', 'went offline, ms',
  ], comings.map(row => [round(row.people), round(row.entering), round(row.sweeping)]))
}

function printPartitions ({ sizes, partitioned, atSmall }: Figures): void {
  print(`In ${partitions} hash partitions, ${million(sizes[0])}`, [
    'Query', 'partitions a look-up', 'blocks', 'in one table', 'ms', 'in one table', 'ways',
  ], [
    [
      'a message by its id, without an index on it', partitioned.withoutIndex.partitions,
      round(partitioned.withoutIndex.blocks), '', round(partitioned.withoutIndex.ms, 2), '',
      partitioned.withoutIndex.ways.join(', '),
    ],
    ...[...partitioned.seen].map(
      ([what, seen]) => [
        what, round(seen.partitions, 2), round(seen.blocks), round(atSmall.seen.get(what)!.blocks), round(seen.ms, 2),
        round(atSmall.seen.get(what)!.ms, 2), seen.ways.join(', '),
      ]
    )])
  print('Keys that partitions refuse', ['Key', 'PostgreSQL'], partitioned.refusals)
  print('Sends into partitions', ['32 a statement', 'in partitions', 'in one table'], [
    ['messages/s', round(partitioned.rate.perSecond), round(atSmall.together.perSecond)],
    ['PostgreSQL\'s CPU, µs a message', round(partitioned.rate.cpu), round(atSmall.together.cpu)],
    ['bytes a message, with the index on `id`', round(partitioned.bytes), round(totalOf(atSmall.parts))]])
}

export function printTables (figures: Figures): void {
  printBytes(figures)
  printOtherRows(figures)
  printSends(figures)
  printQueries(figures)
  printNodes(figures)
  printPartitions(figures)
}
