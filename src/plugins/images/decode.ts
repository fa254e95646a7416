import sharp from 'sharp'
import { PayloadTooLarge, UnsupportedMediaType } from '../../errors.ts'

// libvips can open SVG, PDF, TIFF and more; a messenger's server has no business doing so.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadNsgifBuffer',
  ],
})
sharp.cache(false)

const maxPixels = 40_000_000
const maxSide = 800
/**
 * All frames of an animation together, scaled down, have at most so many: with more, encoding them takes
 * longer than a second.
 */
const maxAnimationPixels = 8_000_000
const maxFrames = 1_000

/**
 * Decodes a PNG, JPEG, WebP or GIF and encodes it anew as WebP, upright, without metadata and at
 * most 800 × 800: what comes out is an image and nothing else, whatever went in.
 * Throws PAYLOAD_TOO_LARGE (more than 40 megapixels or 1,000 frames) or UNSUPPORTED_MEDIA_TYPE.
 */
export async function reencode (input: Buffer): Promise<Buffer> {
  const options = { animated: true, failOn: 'error', limitInputPixels: false } as const
  // Of no bytes at all sharp does not even make an image to ask.
  const metadata = input.length > 0 ? await sharp(input, options).metadata().catch(() => undefined) : undefined
  if (!metadata) throw new UnsupportedMediaType('This is not a PNG, JPEG, WebP or GIF image.')
  // Of an animation, `height` is that of all its frames together.
  if (metadata.width * metadata.height > maxPixels) {
    throw new PayloadTooLarge('An image may have at most 40 megapixels.')
  }
  const { pages = 1 } = metadata
  if (pages > maxFrames) throw new PayloadTooLarge('An animation may have at most 1,000 frames.')
  const side = Math.min(maxSide, Math.ceil(Math.sqrt(maxAnimationPixels / pages)))
  return sharp(input, options)
    .timeout({ seconds: 5 })
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ effort: pages > 1 ? 0 : 4 })
    .toBuffer()
    .catch(() => { throw new UnsupportedMediaType('This image is damaged.') })
}
