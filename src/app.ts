import { randomUUIDv7 } from 'node:crypto'
import type { Server } from 'node:http'
import Fastify, {
  LogController, type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyServerOptions,
} from 'fastify'
import compress from '@fastify/compress'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Config } from './config.ts'
import type { Database } from './db.ts'
import { toErrorBody } from './errors.ts'
import { serializeError } from './lib/log-error.ts'
import auth from './modules/auth/index.ts'
import { google, isSessionActive, type IdentityProvider } from './modules/auth/public.ts'
import conversations from './modules/conversations/index.ts'
import groups from './modules/groups/index.ts'
import { foldAllNames, seedDefaultGroups } from './modules/groups/public.ts'
import health from './modules/health/index.ts'
import messages from './modules/messages/index.ts'
import { createMessageWriter } from './modules/messages/public.ts'
import realtime from './modules/realtime/index.ts'
import sync from './modules/sync/index.ts'
import users from './modules/users/index.ts'
import authenticate from './plugins/authenticate.ts'
import db from './plugins/db.ts'
import errorHandler from './plugins/error-handler.ts'
import events from './plugins/events.ts'
import frontPage from './plugins/front-page.ts'
import images from './plugins/images/index.ts'
import io from './plugins/io.ts'
import nodes from './plugins/nodes.ts'
import notFound from './plugins/not-found.ts'
import openapi from './plugins/openapi.ts'
import options from './plugins/options.ts'
import publicPath from './plugins/public-path.ts'
import rateLimit from './plugins/rate-limit.ts'
import redis from './plugins/redis.ts'
import etag from './plugins/etag.ts'
import security from './plugins/security.ts'
import shutdown from './plugins/shutdown.ts'
import upkeep from './plugins/upkeep.ts'
import validation from './plugins/validation.ts'

export type LogStream = Extract<FastifyServerOptions['logger'], { stream?: unknown }>['stream']

const kibibyte = 1024

/** Faults of Node's HTTP parser that are not simply a 400. */
const parserStatuses: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

/** Of an address, before its query. */
const slashAtEnd = /^(\/(?!docs\/)[^?]*[^/?])\/(?=\?|$)/

function serverOptions (config: Config, stream?: LogStream): FastifyHttpOptions<Server> {
  return {
    logger: {
      level: config.LOG_LEVEL,
      serializers: { err: serializeError },
      ...stream && { stream },
    },
    // One line for each answer, below; Fastify's own two would hold whole addresses, searches included.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUIDv7(),
    trustProxy: config.TRUST_PROXY.length > 0 ? [...config.TRUST_PROXY] : false,
    // What looks for itself below its address, as the pages of documentation do, is left alone.
    rewriteUrl: ({ url }) => url!.replace(slashAtEnd, '$1'),
    bodyLimit: 256 * kibibyte,
    // A migration, or the wait for another node's, takes the time it takes.
    pluginTimeout: 0,
    // A caller that sends its request so slowly is none. Uploads of 20 MiB fit in this at 1.5 Mbit/s.
    requestTimeout: 120_000,
    http: {
      // Nor is one that connects and does not say within 10 s what it wants.
      headersTimeout: 8_000,
      connectionsCheckingInterval: 2_000,
      // Any other request to upgrade is a plain request; nobody would answer it, or ever close its connection.
      shouldUpgradeCallback: ({ url }) => url!.startsWith('/socket.io/'),
    },
    // Longer than a load balancer keeps its connections, so that it is never the server that drops one in use.
    keepAliveTimeout: 75_000,
    // What arrives on open connections while stopping is still served, and told that the connection ends.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      const body = toErrorBody(error)
      request.log.info({ method: request.method, statusCode: body.statusCode }, 'answered')
      void (reply as FastifyReply).header('x-request-id', request.id).code(body.statusCode).send(body)
    },
    clientErrorHandler (this: FastifyInstance, error, socket) {
      if (!socket.writable) return
      const requestId = randomUUIDv7()
      const body = toErrorBody({
        statusCode: parserStatuses[error.code] ?? 400, message: 'This is no request that can be read.',
      })
      const json = JSON.stringify(body)
      this.log.info({ requestId, statusCode: body.statusCode }, 'answered')
      socket.end([
        `HTTP/1.1 ${body.statusCode} ${body.error}`,
        'content-type: application/json',
        `x-request-id: ${requestId}`,
        `content-length: ${Buffer.byteLength(json)}`,
        'connection: close',
        '',
        json,
      ].join('\r\n'))
    },
  }
}

async function identityProviderFor (app: FastifyInstance, config: Config): Promise<IdentityProvider> {
  if (config.GOOGLE_CLIENT_ID !== undefined) return google(config.GOOGLE_CLIENT_ID)
  const { default: fakeGoogle, fakeGoogleProvider } = await import('./development/fake-google.ts')
  await app.register(fakeGoogle, { config })
  return fakeGoogleProvider(app)
}

async function seed (db: Database): Promise<void> {
  await seedDefaultGroups(db)
  await foldAllNames(db)
}

/** The whole server, ready to listen: shared plugins first, then each domain. */
export async function buildApp (config: Config, stream?: LogStream): Promise<FastifyInstance> {
  const app = Fastify(serverOptions(config, stream)).withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions: { url: route }, user } = request
    request.log.info({
      method, route, userId: user?.sub, statusCode: reply.statusCode, ms: Math.round(reply.elapsedTime),
    }, 'answered')
  })

  app.register(errorHandler)
  app.register(validation)
  app.register(events)
  app.register(shutdown, { config })
  app.register(options)
  app.register(publicPath, { config })
  app.register(security, { config })
  app.register(etag)
  // Answers only: what is sent to us compressed would be of any size once it is not.
  app.register(compress, { globalDecompression: false, encodings: ['br', 'gzip'] })
  app.register(db, { config, seed })
  app.register(upkeep, { work: foldAllNames })
  app.register(redis, { config })
  app.register(nodes)
  app.register(authenticate, { config, isSessionActive })
  app.register(rateLimit, { config })
  app.register(notFound)
  app.register(openapi, { config })
  app.register(frontPage)
  app.register(images, { config })
  app.register(io, { config })
  await app.after()

  const writer = createMessageWriter(app.db.$client)
  const identityProvider = await identityProviderFor(app, config)
  app.register(health)
  app.register(async api => {
    api.register(health)
    api.register(auth, { config, identityProvider })
    api.register(users)
    api.register(conversations)
    api.register(messages, { writer })
    api.register(groups)
    api.register(sync)
  }, { prefix: '/api/v1' })
  app.register(realtime, { config, writer })
  return app
}
