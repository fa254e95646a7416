/** Files that somebody may upload as an image: those that are one, whatever else they are, and those that are none. */
import { deflateSync, crc32, gzipSync } from 'node:zlib'
import sharp from 'sharp'

/** What a file may carry besides its picture; none of it may come out again. */
export const contraband = [
  '<script>alert(1)</script>', '<?php system($_GET[0]) ?>', 'GPS-of-Ada', 'PK\u0003\u0004evil.jar', '*/alert(1)/*',
]

const size = { width: 64, height: 48 }
const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
const picture = (channels: 3 | 4 = 3) => sharp({ create: { ...size, channels, background: 'teal', noise } })
const text = (...parts: Array<string | Buffer>) => Buffer.concat(parts.map(part => Buffer.from(part as string)))

function chunk (type: string, data: Buffer): Buffer {
  const body = text(type, data)
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG of one colour with one bit for each pixel, so that much of it takes little. */
function flatPng (width: number, height: number, ...extra: Buffer[]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))), { level: 9 })
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), ...extra, chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A GIF of so many frames, each of one pixel upon a canvas. */
function gifOf (frames: number, side: number): Buffer {
  const canvas = Buffer.alloc(4)
  canvas.writeUInt16LE(side, 0)
  canvas.writeUInt16LE(side, 2)
  const frame = Buffer.from('21f90400010000002c0000000001000100000202440100', 'hex')
  return Buffer.concat([
    text('GIF89a', canvas), Buffer.from('800000ff0000000000', 'hex'), ...Array(frames).fill(frame), text(';'),
  ])
}

function overwrite (bytes: Buffer, offset: number, hex: string): Buffer {
  const copy = Buffer.from(bytes)
  Buffer.from(hex, 'hex').copy(copy, offset)
  return copy
}

const png = await picture().png().toBuffer()
const jpeg = await picture().jpeg().toBuffer()
const webp = await picture().webp().toBuffer()
const gif = await picture().gif().toBuffer()
const frames = await Promise.all(['red', 'green', 'blue'].map(background =>
  sharp({ create: { ...size, channels: 3, background, noise } }).png().toBuffer()))
const animation = () => sharp(frames, { join: { animated: true } })
const comment = (words: string) =>
  Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, words.length + 2]), text(words), jpeg.subarray(2)])
const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)

export const images: Record<string, Buffer> = {
  'a PNG': png,
  'an interlaced PNG': await picture().png({ progressive: true }).toBuffer(),
  'a PNG with a palette': await picture().png({ palette: true }).toBuffer(),
  'a PNG that one can see through': await picture(4).png().toBuffer(),
  'a PNG of 16 bits': await picture().toColourspace('rgb16').png().toBuffer(),
  'a grey PNG': await picture().greyscale().png().toBuffer(),
  'a PNG of one bit': flatPng(64, 48),
  'a PNG of one pixel': flatPng(1, 1),
  'a JPEG': jpeg,
  'a progressive JPEG': await picture().jpeg({ progressive: true }).toBuffer(),
  'a JPEG for printing': await picture().toColourspace('cmyk').jpeg().toBuffer(),
  'a WebP': webp,
  'a lossless WebP': await picture(4).webp({ lossless: true }).toBuffer(),
  'an animated WebP': await animation().webp().toBuffer(),
  'a GIF': gif,
  'an animated GIF': await animation().gif().toBuffer(),
  'a GIF of a thousand frames': gifOf(1_000, 20),
  // Its decoder believes the frames, and no such canvas.
  'a GIF of one pixel that claims 30,000 × 30,000': gifOf(1, 30_000),
  'a photograph with its place': await picture().withExif({
    IFD0: { ImageDescription: contraband[2]! }, IFD3: { GPSLatitude: '51/1 30/1 0/1', GPSLongitude: '0/1 7/1 0/1' },
  }).jpeg().toBuffer(),
  'a WebP with its place': await picture().withExif({ IFD0: { ImageDescription: contraband[2]! } }).webp().toBuffer(),
  'half a JPEG': half(jpeg),
  'a JPEG with a script in a comment': comment(contraband[0]!),
  'a JPEG with PHP in a comment': comment(contraband[1]!),
  'a PNG with a page in a text chunk': flatPng(64, 48, chunk('tEXt', text(`Title\0${contraband[0]}`))),
  'a PNG and then an archive': text(png, contraband[3]!),
  'a GIF and then a script': text(gif, contraband[4]!),
  'a JPEG and then a page': text(jpeg, contraband[0]!),
}

export const others: Record<string, Buffer> = {
  'SVG with a script': text(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
  ),
  'SVG that fetches': text(
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg ' +
      'xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/>&x;</svg>'
  ),
  'compressed SVG': gzipSync('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  'a page': text('<!doctype html><script>alert(1)</script>'),
  PDF: text('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF'),
  PostScript: text('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage'),
  TIFF: await picture().tiff().toBuffer(),
  AVIF: await picture().avif({ effort: 0 }).toBuffer(),
  BMP: text('BM', Buffer.alloc(60)),
  'an icon': Buffer.from('00000100010010100000010020006804000016000000', 'hex'),
  'a pixmap': text('P6\n1 1\n255\n\0\0\0'),
  'Radiance HDR': text('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n', Buffer.alloc(4)),
  'a Photoshop file': text('8BPS', Buffer.alloc(80)),
  OpenEXR: Buffer.from('762f310102000000', 'hex'),
  FITS: text('SIMPLE  =                    T'.padEnd(2880)),
  'a script for ImageMagick': text(
    'push graphic-context\nfill \'url(https://example.com/image.jpg"|id")\'\npop graphic-context'
  ),
  'a film': Buffer.from('0000001c667479706d703432000000006d70343269736f6d', 'hex'),
  // 55 bytes that one library sniffed at for ever (CVE-2026-31808).
  'Windows Media': Buffer.concat([Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), Buffer.alloc(39)]),
  'an archive': text('PK\u0003\u0004', Buffer.alloc(26)),
  'a program': text('\x7fELF', Buffer.alloc(60)),
  'a program for Windows': text('MZ', Buffer.alloc(60)),
  words: text('hello'),
  nothing: Buffer.alloc(0),
  'a zero': Buffer.alloc(1),
  'a megabyte of zeros': Buffer.alloc(1024 * 1024),
  'the first bytes of a PNG': png.subarray(0, 8),
  'the first bytes of a JPEG': jpeg.subarray(0, 20),
  'the first bytes of a WebP': webp.subarray(0, 16),
  'the first bytes of a GIF': gif.subarray(0, 10),
  'half a PNG': half(png),
  'half a WebP': half(webp),
  'half a GIF': half(gif),
  'a PNG with a wrong checksum': overwrite(png, 29, 'deadbeef'),
  'a PNG of no width': overwrite(png, 16, '00000000'),
  'a PNG whose data is none': Buffer.concat([
    flatPng(64, 48).subarray(0, 33), chunk('IDAT', text('nonsense')), chunk('IEND', Buffer.alloc(0)),
  ]),
  'a PNG behind something else': text('#!/bin/sh\n', png),
  'a WebP of another size than it says': overwrite(webp, 4, 'ffffff7f'),
}

export const tooLarge: Record<string, Buffer> = {
  'a PNG of 30,000 × 30,000 pixels in 110 kB': flatPng(30_000, 30_000),
  'a PNG of more than 100 megapixels': flatPng(10_000, 10_001),
  'a PNG that is a line': flatPng(50_000_008, 2),
  'a GIF of 160 frames of 800 × 800': gifOf(160, 800),
  'a GIF of 200,000 frames': gifOf(200_000, 1),
  'a JPEG that says it is of 65,000 × 65,000 pixels': (() => {
    const at = jpeg.indexOf(Buffer.from('ffc0', 'hex'))
    return overwrite(jpeg, at + 5, 'fde8fde8')
  })(),
  'more than 20 MiB': Buffer.concat([png, Buffer.alloc(20 * 1024 * 1024)]),
}
