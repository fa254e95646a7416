import sharp, { type Metadata } from 'sharp'
import { PayloadTooLarge, Unavailable, UnsupportedMediaType } from '../../errors.ts'
import { createTurns } from '../../lib/turns.ts'
import { isTurnedAnimation, turnFrames } from './upright.ts'

// libvips can open SVG, PDF, TIFF and more; a messenger's server has no business doing so.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadNsgifBuffer',
  ],
})
sharp.cache(false)

/** How long an image's sides may be when it comes out. */
export interface Bounds { shorter: number, longer: number }

/** The longer side as long as WebP allows: a screenshot of a whole conversation is to be read. */
export const pictureBounds: Bounds = { shorter: 1_600, longer: 16_383 }
export const avatarBounds: Bounds = { shorter: 800, longer: 800 }

const maxPixels = 100_000_000
const maxFrames = 1_000
/** What comes out has at most so many, all frames of an animation together: encoding more takes seconds. */
const maxPicturePixels = 16_000_000
const maxAnimationPixels = 8_000_000
/** A picture with more of them is encoded in haste, and is a tenth larger for it. */
const maxCarefulPixels = 4_000_000

/**
 * Two at once leave half of the threads that read files and look up names. One takes seconds and some 950 MB at worst,
 * a PNG of 100 megapixels, interlaced and of 16 bits; a photograph takes a second and less than 100 MB.
 */
const inTurn = createTurns({
  atOnce: 2,
  maxWaiting: 30,
  refuse: () => new Unavailable('Too many images are waiting, try again shortly.'),
})

/** Scaled down until both sides and the pixels of all frames fit. */
function scaleOf ({ width, height, pages = 1 }: Metadata, { shorter, longer }: Bounds): number {
  const pixels = pages > 1 ? maxAnimationPixels : maxPicturePixels
  return Math.min(
    1, shorter / Math.min(width, height), longer / Math.max(width, height), Math.sqrt(pixels / (width * height * pages))
  )
}

async function readMetadata (input: Buffer): Promise<Metadata> {
  try {
    const metadata = await sharp(input, { animated: true, limitInputPixels: false }).metadata()
    // Of an animation, `height` is that of all its frames together.
    return { ...metadata, height: metadata.pageHeight ?? metadata.height }
  } catch {
    throw new UnsupportedMediaType('This is not a PNG, JPEG, WebP or GIF image.')
  }
}

function requireModest ({ width, height, pages = 1 }: Metadata): void {
  if (width * height * pages > maxPixels) throw new PayloadTooLarge('An image may have at most 100 megapixels.')
  if (pages > maxFrames) throw new PayloadTooLarge('An animation may have at most 1,000 frames.')
}

async function encode (input: Buffer, metadata: Metadata, bounds: Bounds): Promise<Buffer> {
  const { width, height, pages = 1, format } = metadata
  const scale = scaleOf(metadata, bounds)
  const side = Math.max(1, Math.floor(Math.max(width, height) * scale))
  const isCareful = pages === 1 && width * height * scale ** 2 <= maxCarefulPixels
  const scaled = sharp(input, {
    animated: true,
    limitInputPixels: false,
    // Cameras and messengers write JPEGs without an end, and everything shows them.
    failOn: format === 'jpeg' ? 'none' : 'error',
  }).timeout({ seconds: 15 }).resize({ width: side, height: side, fit: 'inside' })
  const upright = isTurnedAnimation(metadata) ? await turnFrames(scaled, metadata) : scaled.autoOrient()
  return upright.webp({ effort: isCareful ? 4 : 0, ...pages > 1 && { loop: metadata.loop, delay: metadata.delay } })
    .toBuffer()
}

/**
 * Decodes a PNG, JPEG, WebP or GIF and encodes it anew as WebP, upright, without metadata and within bounds: what
 * comes out is an image and nothing else, whatever went in.
 * Throws PAYLOAD_TOO_LARGE (more than 100 megapixels or 1,000 frames), UNSUPPORTED_MEDIA_TYPE or UNAVAILABLE.
 */
export async function reencode (input: Buffer, bounds: Bounds): Promise<Buffer> {
  return inTurn(async () => {
    const metadata = await readMetadata(input)
    requireModest(metadata)
    return encode(input, metadata, bounds).catch(() => {
      throw new UnsupportedMediaType('This image is damaged, or takes too long to decode.')
    })
  })
}
