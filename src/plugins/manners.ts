import { createHash } from 'node:crypto'
import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether clients ask for it again and again: it then has an ETag, and is answered with 304 when they have it. */
    isRevalidated?: boolean
  }
}

/** Answers of fewer bytes would hardly become smaller. */
const worthCompressing = 2_048

const isOneOf = (etags: string | undefined, etag: string) =>
  etags?.split(',').some(candidate => [etag, '*'].includes(candidate.trim().replace(/^W\//, '')))

/** What HTTP has for clients that ask often and for much. */
const manners: FastifyPluginAsync = async app => {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!request.routeOptions.config.isRevalidated || reply.statusCode !== 200) return payload
    const etag = `"${createHash('sha1').update(payload as string).digest('base64url')}"`
    reply.header('etag', etag)
    if (!isOneOf(request.headers['if-none-match'], etag)) return payload
    reply.code(304)
    return ''
  })

  // After it, since the same content has the same ETag however it travels.
  await app.register(compress, {
    threshold: worthCompressing,
    encodings: ['br', 'gzip'],
    // As fast as gzip, and smaller; its default is meant for files that are compressed once.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  })
}

export default fp(manners, { name: 'manners' })
