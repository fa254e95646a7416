/** Uploads: forms with images, and what looks like them. */
import fc from 'fast-check'
import sharp from 'sharp'

export interface Form { type: string, body: Buffer, isValid?: boolean }

const canvas = sharp({ create: { width: 40, height: 30, channels: 4, background: '#a0c' } })
const formats = [canvas.clone().png(), canvas.clone().jpeg(), canvas.clone().webp(), canvas.clone().gif()]
const pictures = await Promise.all(formats.map(format => format.toBuffer()))
export const picture = pictures[0]!
const [png, , , gif] = pictures as [Buffer, Buffer, Buffer, Buffer]

/** A PNG that says it has so many pixels. */
function boastful (side: number): Buffer {
  const image = Buffer.from(png)
  image.writeUInt32BE(side, 16)
  image.writeUInt32BE(side, 20)
  return image
}

const noImages = [
  Buffer.alloc(0), Buffer.from('text'), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from('GIF89a'),
  Buffer.from('\xff\xd8\xff', 'latin1'), Buffer.from('RIFF\xff\xff\xff\xffWEBPVP8 ', 'latin1'), png.subarray(0, 33),
  boastful(1), boastful(0), boastful(100_000), boastful(2 ** 31), gif.subarray(0, 13),
  Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'),
  Buffer.from('%PDF-1.4\n'), Buffer.from('BM'), Buffer.from('II*\0\x08\0\0\0', 'latin1'),
  Buffer.alloc(5 * 1024 * 1024 + 1), Buffer.concat([png, Buffer.alloc(20 * 1024 * 1024)]), Buffer.from('#EXTM3U\n'),
  Buffer.alloc(64, 0xff),
]

/** Images with some bytes changed, or without their ends: what they are is for the decoder to say. */
const damaged = fc.tuple(
  fc.constantFrom(...pictures), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 10 }), fc.nat()
).map(([image, flips, end]) => {
  const copy = Buffer.from(image)
  for (const [at, value] of flips) copy[at % copy.length] = value
  return end % 2 ? copy : copy.subarray(0, end % copy.length)
})

const names = fc.constantFrom(
  'image.png',
  '',
  '../../etc/passwd',
  '..\\..\\x.png',
  'a\u202egnp.exe',
  '\0.png',
  'x'.repeat(3_000),
  '"; filename="b',
  '%00',
  'файл.png',
  'C:\\con',
  '.',
  '/'
)
const types = fc.constantFrom(
  'image/png',
  'application/octet-stream',
  'text/html',
  'image/svg+xml',
  '',
  'x/'.repeat(500),
  'text/plain; charset=utf-7'
)

interface Part { field: string, name: string, type: string, bytes: Buffer, extra?: string }

const boundary = '----convo'

function printPart ({ field, name, type, bytes, extra = '' }: Part): Buffer[] {
  const filename = name === '' ? '' : `; filename="${name}"`
  const disposition = `Content-Disposition: form-data; name="${field}"${filename}\r\n`
  const contentType = type === '' ? '' : `Content-Type: ${type}\r\n`
  const head = `--${boundary}\r\n${disposition}${contentType}${extra}\r\n`
  return [Buffer.from(head), bytes, Buffer.from('\r\n')]
}

const print = (parts: Part[], end = `--${boundary}--\r\n`) =>
  Buffer.concat([...parts.flatMap(printPart), Buffer.from(end)])

const formType = `multipart/form-data; boundary=${boundary}`

/** @param field that takes the file */
export function formsFor (field: string): fc.Arbitrary<Form> {
  const named = { name: fc.constant('a.png'), type: fc.constant('image/png') }
  const image = fc.record({ field: fc.constant(field), ...named, bytes: fc.constantFrom(...pictures) })
  const noImage = fc.record({ field: fc.constant(field), ...named, bytes: fc.constantFrom(...noImages) })
  const wrongField = fc.constantFrom(
    '',
    'file',
    '__proto__',
    'constructor',
    'toString',
    `${field}[]`,
    `${field}\0`,
    field.toUpperCase(),
    'x'.repeat(2_000)
  )
  const whole = (parts: Part[]) => ({ type: formType, body: print(parts) })
  const broken = fc.constantFrom<(part: Part) => Form>(
    part => whole([part, part]),
  part => whole([{ ...part, field: 'a' }, part]),
  part => ({ type: formType, body: print([part], '') }),
  part => ({ type: 'multipart/form-data', body: print([part]) }),
  part => ({ type: 'multipart/form-data; boundary=other', body: print([part]) }),
  part => ({ type: 'multipart/form-data; boundary=', body: print([part]) }),
  part => ({ type: `multipart/form-data; boundary=${'x'.repeat(300)}`, body: print([part]) }),
  part => ({ type: 'multipart/mixed; boundary=----convo', body: print([part]) }),
  part => ({ type: 'image/png', body: part.bytes }),
  part => ({ type: 'application/json', body: print([part]) }),
  part => ({ type: formType, body: print([part]).subarray(0, 100) }),
  () => ({ type: formType, body: Buffer.alloc(0) }),
  () => ({ type: formType, body: Buffer.from(`--${boundary}\r\n\r\n\r\n`.repeat(1_000)) }),
  () => ({ type: formType, body: Buffer.from(`--${boundary}--`) }),
  () => ({ type: formType, body: Buffer.alloc(300_000, '--') })
  )
  return fc.oneof(
    { weight: 3, arbitrary: image.map(part => ({ ...whole([part]), isValid: true })) },
    { weight: 3, arbitrary: noImage.map(part => ({ ...whole([part]), isValid: false })) },
    {
      weight: 2,
      arbitrary: fc.tuple(image, wrongField)
        .map(([part, field]) => ({ ...whole([{ ...part, field }]), isValid: false }))
    },
    {
      weight: 2, arbitrary: fc.tuple(image, names, types).map(([part, name, type]) => whole([{ ...part, name, type }])),
    },
    { weight: 2, arbitrary: fc.tuple(image, damaged).map(([part, bytes]) => whole([{ ...part, bytes }])) },
    {
      weight: 1,
      arbitrary: fc.tuple(image, fc.integer({ min: 1, max: 200 }))
        .map(([part, count]) => whole([{ ...part, extra: 'X-Header: x\r\n'.repeat(count) }]))
    },
    { weight: 3, arbitrary: fc.tuple(image, broken).map(([part, make]) => make(part)) }
  )
}
