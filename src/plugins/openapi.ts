import { readFile } from 'node:fs/promises'
import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type, type TSchema } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import packageJson from '../../package.json' with { type: 'json' }
import type { Config } from '../config.ts'
import { createComponents, type Schema } from '../lib/components.ts'
import { exampleOf } from '../lib/example-of.ts'
import { pathOf } from '../lib/origins.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The multipart field that takes a file. Documentation only: such a body is read and checked by the handler. */
    fileField?: string
  }
}

function withExample (schema: TSchema): TSchema {
  const example = exampleOf(schema)
  return example === undefined ? schema : { examples: [example], ...schema }
}

/** Parameters are shown one by one, each with its example. */
const withExamples = (schema: TSchema): TSchema =>
  ({
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties as Record<string, TSchema>).map(([name, parameter]) =>
        [name, withExample(parameter)])
    ),
  })

const etag = {
  ETag: Type.String({
    description: 'Sent back as `If-None-Match`, it is answered with 304 until there ' +
  'is something new.',
    examples: ['W/"fKRiEDMnqY5tBxQgQlYGCu8z2jc"']
  })
}
const location = {
  Location: Type.String({
    description: 'Where to look at what was made.', examples: ['/api/v1/groups/01980000-0000-7000-8000-00000000000b'],
  }),
}
const retryAfter = {
  'Retry-After': Type.Integer({ description: 'After how many seconds to try again.', examples: [1] }),
}

function headersOf (status: string, hasEtag: boolean): Record<string, TSchema> | undefined {
  if (status === '201') return location
  if (['429', '503'].includes(status)) return retryAfter
  return status === '200' && hasEtag ? etag : undefined
}

/** Those of errors are found by their codes. */
function withErrorExamples ({ examples, ...schema }: TSchema) {
  const named = (examples as Array<{ code: string }>).map(value => [value.code, { value }])
  return { ...schema, 'x-examples': Object.fromEntries(named) as Record<string, { value: { code: string } }> }
}

function documentResponse (status: string, schema: TSchema, hasEtag: boolean): object {
  const headers = headersOf(status, hasEtag)
  const description = schema.description ?? STATUS_CODES[status]
  const whole = schema.title === 'Error' ? withErrorExamples(schema) : withExample(schema)
  return { 'x-response-description': description, ...whole, ...headers && { headers } }
}

const isRange = (status: string) => status.endsWith('xx')

/** Answers whose status is not told one by one are the default: not every generator knows `4XX`. */
function documentResponses (responses: Record<string, TSchema>, hasEtag: boolean): Record<string, object> {
  return Object.fromEntries(Object.entries(responses).map(([status, schema]) =>
    [isRange(status) ? 'default' : status, documentResponse(status, schema, hasEtag)]))
}

/** What the documentation adds to a route's schemas: examples, headers, and a body where it is a file. */
function document ({
  fileField, params, querystring, body, response, ...schema
}: FastifySchema, hasEtag: boolean): FastifySchema {
  const file = fileField && Type.Object({ [fileField]: Type.String({ format: 'binary' }) })
  return {
    ...schema,
    ...params !== undefined && { params: withExamples(params as TSchema) },
    ...querystring !== undefined && { querystring: withExamples(querystring as TSchema) },
    ...file ? { body: file } : body !== undefined && { body: withExample(body as TSchema) },
    response: {
      ...documentResponses(response as Record<string, TSchema>, hasEtag),
      ...hasEtag && { 304: { type: 'null', description: 'What the client has is still so.', headers: etag } },
    },
  }
}

interface Media { schema: Schema }
interface Content { content?: Record<string, Media> }
interface Operation { requestBody?: Content, responses: Record<string, Content> }

const mediaOf = ({ requestBody, responses }: Operation) =>
  [...requestBody ? [requestBody] : [], ...Object.values(responses)].flatMap(({ content = {} }) =>
    Object.values(content))

/** Puts the shapes that have a name into the components, and references in their places. */
function nameShapes (document: object): object {
  const { paths, components, ...rest } = document as {
    paths: Record<string, Record<string, Operation>>, components: object,
  }
  const { schemas, refer } = createComponents()
  const media = Object.values(paths).flatMap(operations => Object.values(operations).flatMap(mediaOf))
  for (const part of media) part.schema = refer(part.schema)
  return { ...rest, paths, components: { ...components, schemas } }
}

/** What the pages of documentation may do: use what comes from here, and call this server. */
const contentSecurityPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** Documentation of the API at /docs, made from the routes' own schemas. */
const openapi: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  const path = pathOf(config.PUBLIC_URL)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Convo',
        version: packageJson.version,
        description: 'A self-hosted messenger server. Sign in with a Google ID token at `POST /api/v1/auth/google` ' +
          '(in development, `POST /dev/google/token` hands one out), then press **Authorize** and paste the `token`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      externalDocs: { url: `${path}/docs/events`, description: 'Events over Socket.IO' },
      servers: [{ url: path || '/', description: 'The server that this description is from.' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ token: [] }],
      tags: [
        { name: 'auth', description: 'Signing in and out.' },
        { name: 'users', description: 'People and one\'s own profile.' },
        { name: 'conversations', description: 'Direct and group conversations of the signed-in person.' },
        { name: 'messages', description: 'Sending, reading, deleting.' },
        { name: 'groups', description: 'Finding, founding, joining and leaving groups.' },
        { name: 'sync', description: 'Catching up after being away.' },
        { name: 'health', description: 'For load balancers.' },
        { name: 'development', description: 'Only without a Google client id and outside production.' },
      ],
    },
    transformObject: document => nameShapes((document as { openapiObject: object }).openapiObject),
    transform: ({ schema, url, route }) =>
      ({ schema: schema.hide ? schema : document(schema, route.config?.hasEtag === true), url }),
  })
  const icon = { type: 'image/svg+xml', content: await readFile(new URL('icon.svg', import.meta.url)) }
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: path,
    staticCSP: contentSecurityPolicy,
    logo: icon,
    theme: { title: 'Convo', favicon: [{ ...icon, filename: 'icon.svg', rel: 'icon', sizes: 'any' }] },
    uiConfig: { persistAuthorization: true, displayRequestDuration: true },
  })
  app.get('/docs/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

export default fp(openapi, { name: 'openapi' })
