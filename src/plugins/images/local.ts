import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../config.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import type { ImageStore } from './store.ts'

const isImageName = /^[0-9a-f-]{36}\.webp$/

/** Keeps images in DATA_DIR/images and serves them at /images. */
export async function createLocalStore (app: FastifyInstance, config: Config): Promise<ImageStore> {
  const folder = resolve(config.DATA_DIR, 'images')
  await mkdir(folder, { recursive: true })

  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    immutable: true,
    maxAge: '365d',
    setHeaders: reply => {
      reply.header('content-security-policy', "default-src 'none'; sandbox")
      reply.header('cross-origin-resource-policy', 'cross-origin')
    },
  })

  // By name alone: what `put` has not named is not there, wherever it may be.
  app.get<{ Params: { name: string } }>('/images/:name', { schema: { hide: true } }, async (request, reply) => {
    const { name } = request.params
    return isImageName.test(name) ? reply.sendFile(name) : reply.callNotFound()
  })

  return {
    async put (image) {
      const name = `${randomUUID()}.webp`
      const draft = join(folder, `.${name}`)
      try {
        // On disk whole, or not at all under its name.
        const file = await open(draft, 'wx')
        await file.writeFile(image).then(() => file.sync()).finally(() => file.close())
        await rename(draft, join(folder, name))
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      return `${config.PUBLIC_URL ?? listeningUrl(app.server)}/images/${name}`
    },
  }
}
