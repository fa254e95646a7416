import { createHash } from 'node:crypto'
import type { FastifyPluginAsync, onSendAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether clients ask for it again and again: it then has an ETag, and is answered with 304 when they have it. */
    hasEtag?: boolean
  }
}

/** Weakly, as RFC 9110 has it for If-None-Match. */
const isOneOf = (etags: string | undefined, etag: string) =>
  etags?.split(',').some(candidate => ['*', etag.slice(2)].includes(candidate.trim().replace(/^W\//, '')))

const answerWithEtag: onSendAsyncHookHandler = async (request, reply, payload) => {
  if (reply.statusCode !== 200) return payload
  // A weak one, since it is the same however the answer is compressed.
  const etag = `W/"${createHash('sha1').update(payload as string).digest('base64url')}"`
  reply.header('etag', etag)
  if (!isOneOf(request.headers['if-none-match'], etag)) return payload
  reply.code(304)
  return ''
}

/** What HTTP has for clients that ask again and again; other routes do without, and pay nothing for it. */
const etag: FastifyPluginAsync = async app => {
  app.addHook('onRoute', route => {
    // First, since what HEAD does then leaves nothing to look at.
    if (route.config?.hasEtag) route.onSend = [answerWithEtag, ...[route.onSend ?? []].flat()]
  })
}

export default fp(etag, { name: 'etag' })
