import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { pathOf } from '../lib/origins.ts'

/** A proxy takes the path in PUBLIC_URL off, and no route knows of it: what leads to one of them is given it back. */
const publicPath: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  const path = pathOf(config.PUBLIC_URL)
  if (path === '') return
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location')
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', path + location)
  })
}

export default fp(publicPath, { name: 'public-path' })
