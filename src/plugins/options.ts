import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

/** OPTIONS of an address says by which methods it is called; to browsers, together with what the CORS plugin adds. */
const options: FastifyPluginAsync = async app => {
  const allowed = new Map<string, Set<string>>()

  app.addHook('onRoute', ({ url, method }) => {
    if (method === 'OPTIONS') return
    const methods = allowed.get(url) ?? new Set(['OPTIONS'])
    for (const one of [method].flat()) methods.add(one)
    if (allowed.has(url)) return
    allowed.set(url, methods)
    app.options(url, { schema: { hide: true } }, async (_request, reply) => {
      reply.code(204).header('allow', [...methods].sort().join(', '))
    })
  })
}

export default fp(options, { name: 'options' })
