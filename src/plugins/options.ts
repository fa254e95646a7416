import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** By which methods a path is called; undefined if it is none. */
    methodsOf(path: string): string[] | undefined
  }
}

interface Address { pattern: RegExp, methods: Set<string> }

/** What a route's address stands for: a parameter is a part of a path, an asterisk is the rest of it. */
function toPattern (url: string): RegExp {
  const pattern = url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')
  return new RegExp(`^${pattern}$`)
}

/** OPTIONS of an address says by which methods it is called; to browsers, together with what the CORS plugin adds. */
const options: FastifyPluginAsync = async app => {
  const addresses = new Map<string, Address>()
  const sorted = ({ methods }: Address) => [...methods].sort()

  app.addHook('onRoute', ({ url, method }) => {
    if (method === 'OPTIONS') return
    const known = addresses.get(url)
    const address = known ?? { pattern: toPattern(url), methods: new Set(['OPTIONS']) }
    for (const one of [method].flat()) address.methods.add(one)
    if (known) return
    addresses.set(url, address)
    app.options(url, { schema: { hide: true } }, async (_request, reply) => {
      reply.code(204).header('allow', sorted(address).join(', '))
    })
  })

  app.decorate('methodsOf', path => {
    const address = addresses.get(path) ?? [...addresses.values()].find(({ pattern }) => pattern.test(path))
    return address && sorted(address)
  })
}

export default fp(options, { name: 'options' })
