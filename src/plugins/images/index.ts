import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../config.ts'
import { avatarBounds, pictureBounds, reencode } from './decode.ts'
import { readFile, takeForms } from './form.ts'
import { createLocalStore } from './local.ts'
import type { ImageStore } from './store.ts'
import { images } from './tables.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes the image in a multipart field, checks and stores it, and returns its address. */
    storeUploadedImage(request: FastifyRequest, field: keyof typeof bounds): Promise<string>
  }
}

/** By the form's field. */
const bounds = { image: pictureBounds, avatar: avatarBounds }

async function openStore (app: FastifyInstance, config: Config): Promise<ImageStore> {
  const { CLOUDINARY_CLOUD_NAME: name, CLOUDINARY_API_KEY: key, CLOUDINARY_API_SECRET: secret } = config
  if (name === undefined || key === undefined || secret === undefined) return createLocalStore(app, config)
  // Its library is large, and most servers do without.
  const { createCloudinaryStore } = await import('./cloudinary.ts')
  return createCloudinaryStore({ cloud_name: name, api_key: key, api_secret: secret })
}

const imagesPlugin: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  await takeForms(app)
  const store = await openStore(app, config)

  app.decorate('storeUploadedImage', async (request, field) => {
    const url = await store.put(await reencode(await readFile(request, field), bounds[field]))
    await app.db.insert(images).values({ url })
    return url
  })
}

export default fp(imagesPlugin, { name: 'images', dependencies: ['db'] })
