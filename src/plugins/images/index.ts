import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../config.ts'
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from '../../errors.ts'
import { reencode } from './decode.ts'
import { createLocalStore } from './local.ts'
import type { ImageStore } from './store.ts'
import { images } from './tables.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes the image in a multipart field, checks and stores it, and returns its address. */
    storeUploadedImage(request: FastifyRequest, field: string): Promise<string>
  }
}

const maxBytes = 5 * 1024 * 1024

async function openStore (app: FastifyInstance, config: Config): Promise<ImageStore> {
  const { CLOUDINARY_CLOUD_NAME: name, CLOUDINARY_API_KEY: key, CLOUDINARY_API_SECRET: secret } = config
  if (name === undefined || key === undefined || secret === undefined) return createLocalStore(app, config)
  // Its library is large, and most servers do without.
  const { createCloudinaryStore } = await import('./cloudinary.ts')
  return createCloudinaryStore({ cloud_name: name, api_key: key, api_secret: secret })
}

const imagesPlugin: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  await app.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: maxBytes, files: 1, fields: 0, parts: 1, headerPairs: 20 },
  })
  const store = await openStore(app, config)

  async function readFile (request: FastifyRequest, field: string): Promise<Buffer> {
    if (!request.isMultipart()) {
      throw new UnsupportedMediaType(`Send multipart/form-data with a file in the field "${field}".`)
    }
    let image: Buffer | undefined
    try {
      // To the end of the form, where a part too many is noticed.
      for await (const file of request.files()) {
        const bytes = await file.toBuffer()
        if (file.fieldname === field) image = bytes
      }
    } catch (error) {
      if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') {
        throw new PayloadTooLarge('An image may have at most 5 MiB.')
      }
      image = undefined
    }
    if (!image) throw new ValidationFailed(`There must be one file, in the field "${field}".`)
    return image
  }

  app.decorate('storeUploadedImage', async (request, field) => {
    const url = await store.put(await reencode(await readFile(request, field)))
    await app.db.insert(images).values({ url })
    return url
  })
}

export default fp(imagesPlugin, { name: 'images', dependencies: ['db'] })
