import sharp, { type Metadata, type Sharp } from 'sharp'

/** By a camera's orientation: whether a picture is to be mirrored, and how far it is to be turned then. */
const turns: Record<number, { mirrored: boolean, angle: number }> = {
  2: { mirrored: true, angle: 0 },
  3: { mirrored: false, angle: 180 },
  4: { mirrored: true, angle: 180 },
  5: { mirrored: true, angle: 270 },
  6: { mirrored: false, angle: 90 },
  7: { mirrored: true, angle: 90 },
  8: { mirrored: false, angle: 270 },
}

/** Whether an image is an animation that lies on its side, or on its head: libvips turns none. */
export function isTurnedAnimation ({ pages = 1, orientation = 1 }: Metadata): boolean {
  return pages > 1 && orientation in turns
}

/** An animation with each of its frames upright. */
export async function turnFrames (animation: Sharp, { orientation, pages }: Metadata): Promise<Sharp> {
  const { data: pixels, info } = await animation.raw().toBuffer({ resolveWithObject: true })
  const { width, pageHeight, channels } = info
  const { mirrored, angle } = turns[orientation!]!
  const height = pageHeight!
  const size = pixels.length / pages!
  const frames: Buffer[] = []
  for (let start = 0; start < pixels.length; start += size) {
    frames.push(await sharp(pixels.subarray(start, start + size), { raw: { width, height, channels } })
      .flop(mirrored).rotate(angle).raw().toBuffer())
  }
  const [turnedWidth, turnedHeight] = angle % 180 === 0 ? [width, height] : [height, width]
  return sharp(Buffer.concat(frames), {
    raw: { width: turnedWidth, height: turnedHeight * pages!, pageHeight: turnedHeight, channels },
  })
}
