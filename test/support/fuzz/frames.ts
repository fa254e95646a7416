/** Packets of Engine.IO and Socket.IO, and frames of WebSocket, right and wrong. */
import fc from 'fast-check'
import { clientEvents } from '../../../src/modules/realtime/schemas.ts'
import { eventNames, hellos, nested, packets } from '../hostile.ts'
import { arbitraryOf, type Words } from './arbitrary.ts'
import { oddTexts, print, spoilt } from './json.ts'
import { binary, frame, text, type FrameOptions } from './wire.ts'

type EventName = keyof typeof clientEvents

/** The texts of an event's payload; see `fits` for whether one is valid. */
export function payloadsOf (name: EventName, words: Words): fc.Arbitrary<string> {
  const valid = arbitraryOf(clientEvents[name], words)
  return fc.oneof(valid.map(print), spoilt(valid))
}

const placeholders = fc.constantFrom(
  '{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":1}', '{"_placeholder":true,"num":-1}',
  '{"_placeholder":true,"num":9999999999}', '{"_placeholder":true,"num":"0"}',
  '{"_placeholder":true,"num":"__proto__"}', '{"_placeholder":true,"num":0.5}',
  '{"_placeholder":true}', '{"_placeholder":1,"num":0}', '{"_placeholder":true,"num":{"valueOf":1}}',
  `${'['.repeat(5_000)}{"_placeholder":true,"num":0}${']'.repeat(5_000)}`, '{"__proto__":{"_placeholder":true,"num":0}}'
)
const oddNames = fc.constantFrom(...eventNames.map(
  name => JSON.stringify(name)
), '7', 'null', 'true', '{}', '[]', '"disconnect"', '"connect"', '"newListener"', '"disconnecting"', '1e400')
const counts = fc.constantFrom(
  '0', '1', '2', '3', '9', '10', '11', '10000', '1000000000', '-1', '01', '1.5', '', 'x', '99999999999999999999'
)
const usually = <T>(usual: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 60, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })

const ackIds = fc.constantFrom(
  '', '0', '1', '999', '9007199254740993', '99999999999999999999999', '-1', '0x1', '01', '9'.repeat(1_000)
)
const namespaces = fc.constantFrom(
  '/,', '/other,', '/__proto__,', '/constructor,', '/?token=1,', '/,/,', `/${'x'.repeat(10_000)},`, '/', '/\0,'
)

/** An event as Socket.IO would send it, but for its contents. */
function eventsFor (words: Words): fc.Arbitrary<string> {
  const known = fc.constantFrom(...Object.keys(clientEvents) as EventName[])
    .chain(name => payloadsOf(name, words).map(payload => [JSON.stringify(name), payload] as const))
  const odd = fc.tuple(
    fc.oneof(oddNames, fc.constantFrom(...Object.keys(clientEvents)).map(name => JSON.stringify(name))),
    fc.oneof(placeholders, fc.constantFrom(...nested, ...oddTexts.map(text => JSON.stringify(text))))
  )
  const args = fc.tuple(
    fc.oneof(known, odd),
    fc.constantFrom('', '', '', ',1', ',null,{}', ',{},{},{},{}', ','.repeat(3), `,${'1,'.repeat(5_000)}1`)
  ).map(([[name, payload], rest]) => `[${name},${payload}${rest}]`)
  return fc.tuple(usually('', namespaces), fc.oneof(fc.constant(''), fc.nat().map(String), usually('7', ackIds)), args)
    .map(parts => `42${parts.join('')}`)
}

const attachments = fc.tuple(
  fc.constantFrom('5', '6'),
  counts,
  namespaces,
  ackIds,
  placeholders,
  placeholders,
  fc.constantFrom('"message:send"', '"typing:start"', '1', '"x"')
)
  .map(
    ([type, count, namespace, id, one, other, name]) => `4${type}${count}-${namespace}${id}[${name},${one},${other}]`
  )

const anything = fc.tuple(fc.constantFrom(
  ...'0123456789bx'
), fc.constantFrom(...'0123456789', ''), namespaces, ackIds, fc.constantFrom(
  '',
  '[]',
  '{}',
  '[',
  '"',
  'null',
  '["x"]',
  '{"token":1}',
  '\0',
  '\ufffd',
  'x'.repeat(127 * 1024),
  'x'.repeat(130 * 1024)
))
  .map(parts => parts.join(''))

export const packetsFor = (words: Words): fc.Arbitrary<string> => fc.oneof(
  { weight: 60, arbitrary: eventsFor(words) },
  { weight: 4, arbitrary: attachments },
  { weight: 2, arbitrary: anything },
  { weight: 2, arbitrary: fc.constantFrom(...packets, ...hellos) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) }
)

const bytes = fc.oneof({
  weight: 9, arbitrary: fc.uint8Array({ maxLength: 60 }),
}, { weight: 1, arbitrary: fc.constantFrom(new Uint8Array(100_000), new Uint8Array(140_000)) })

/** One packet after the other; what Socket.IO takes for attachments is among them. */
export const talkFor = (words: Words): fc.Arbitrary<Buffer[]> => fc.array(fc.oneof(
  { weight: 30, arbitrary: packetsFor(words).map(packet => [text(packet)]) },
  { weight: 1, arbitrary: bytes.map(part => [binary(part)]) },
  {
    weight: 1,
    arbitrary: fc.tuple(attachments, fc.array(bytes, { maxLength: 12 }))
      .map(([packet, parts]) => [text(packet), ...parts.map(binary)])
  }
), { minLength: 1, maxLength: 50, size: 'max' }).map(parts => parts.flat())

const cut = (packet: Buffer, size: number, options: FrameOptions = {}): Buffer[] => {
  const pieces = Array.from({
    length: Math.ceil(packet.length / size),
  }, (_, i) => packet.subarray(i * size, (i + 1) * size))
  return pieces.map((piece, i) => frame(piece, { opcode: i === 0 ? 1 : 0, fin: i === pieces.length - 1, ...options }))
}

const ping = frame(Buffer.alloc(125), { opcode: 9 })
const event = Buffer.from('421["typing:stop",{"conversationId":"01980000-0000-7000-8000-00000000000a"}]')

const wrongFrames: fc.Arbitrary<Buffer[]> = fc.oneof(
  fc.record({
    opcode: fc.nat(15), fin: fc.boolean(), rsv: fc.nat(7), isMasked: fc.boolean(), wide: fc.boolean(),
  }).map(options => [frame(event, options)]),
  fc.constantFrom(0n, 1n, 126n, 140_000n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n)
    .map(length => [frame(event, { length })]),
  fc.constantFrom(
    '',
    '\0',
    '\x03',
    '\x03\xe7',
    '\x03\xed',
    '\x03\xee',
    '\xff\xff',
    '\x03\xe8\xff\xfe',
    `\x03\xe8${'x'.repeat(123)}`,
    'x'.repeat(126)
  ).map(payload => [frame(Buffer.from(payload, 'latin1'), { opcode: 8 })]),
  fc.constantFrom('\xff', '4\xc0\xaf', '42\xed\xa0\x80', '\xf8\x88\x80\x80\x80', '4\xe2\x82')
    .map(payload => [frame(Buffer.from(payload, 'latin1'))]),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map(bytes => [Buffer.from(bytes)])
)

/** Frames as no library makes them, most of them within the protocol. */
export const scribbles = fc.oneof<fc.WeightedArbitrary<Buffer[]>[]>(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }).map(size => cut(event, size)) },
  {
    weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }).map(size => cut(event, size).flatMap(piece => [piece, ping])),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 300 }).map(count => Array.from({ length: count }, () => ping)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2_000 }).map(count => cut(Buffer.alloc(count, '4'), 1)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 500 }).map(
      count => [
        frame(Buffer.alloc(0), { fin: false }),
        ...Array.from({ length: count }, () => frame(Buffer.alloc(0), { opcode: 0, fin: false })),
        frame(event, { opcode: 0 }),
      ]
    )
  },
  { weight: 1, arbitrary: fc.constant(cut(Buffer.alloc(140_000, '4'), 1_000)) },
  { weight: 1, arbitrary: fc.constant([...cut(event, 9).slice(0, -1), text('2')]) },
  { weight: 8, arbitrary: wrongFrames }
)
