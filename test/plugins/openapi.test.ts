import t from 'tap'
import { inlined } from '../support/description.ts'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)

interface Operation {
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: Array<{ name: string, in: string, required?: boolean }>
  requestBody?: { content: Record<string, { schema: { additionalProperties?: boolean } }> }
  responses: Record<string,
  { description: string, content?: Record<string, { schema: { properties?: object, required?: string[] } }> }>
}

interface Document {
  openapi: string
  info: object
  tags: Array<{ name: string }>
  paths: Record<string, Record<string, Operation>>
  components: any
}

const document = inlined((await call<Document>(`${server.url}/docs/openapi.json`, 'GET')).body)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })))
const isHealth = (path: string) => /\/health(\/ready)?$/.test(path)

t.test('the page of the documentation loads whatever its own policy allows', async t => {
  const { status, body, headers } = await call<string>(`${server.url}/docs`, 'GET')
  t.equal(status, 200)
  t.match(headers.get('content-type'), 'text/html')
  const policy = headers.get('content-security-policy')!
  t.match(policy, /^default-src 'none'; script-src 'self'; /)
  t.notMatch(policy, 'unsafe')
  t.notMatch(body, /<script(?![^>]*src=)[^>]*>[^<]/, 'no script stands in the page itself')
  const assets = [...body.matchAll(/(?:src|href)="([^"#]+)"/g)].map(
    ([, address]) => new URL(address!, `${server.url}/docs/`).href
  )
  t.ok(assets.length >= 3)
  for (const asset of assets) {
    t.ok(asset.startsWith(server.url))
    t.equal((await call(asset, 'GET')).status, 200, asset)
  }
})

t.test('the description is OpenAPI 3.1 of every endpoint', async t => {
  t.match(document, {
    openapi: '3.1.0',
    info: { title: 'Convo', version: /^\d/ },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  })
  t.same(operations.map(({ name }) => name).filter(name => !name.includes('/dev/')).sort(), [
    'DELETE /api/v1/auth/sessions',
    'DELETE /api/v1/auth/sessions/{id}',
    'DELETE /api/v1/messages/{id}',
    'DELETE /api/v1/messages/{id}/reactions/{emoji}',
    'GET /api/v1/auth/me',
    'GET /api/v1/auth/sessions',
    'GET /api/v1/conversations',
    'GET /api/v1/conversations/{id}',
    'GET /api/v1/conversations/{id}/messages',
    'GET /api/v1/groups',
    'GET /api/v1/groups/{id}',
    'GET /api/v1/health',
    'GET /api/v1/health/ready',
    'GET /api/v1/messages/{id}/reactions',
    'GET /api/v1/users',
    'GET /api/v1/users/{id}',
    'GET /health',
    'GET /health/ready',
    'PATCH /api/v1/conversations/{id}',
    'PATCH /api/v1/users/me',
    'POST /api/v1/auth/google',
    'POST /api/v1/auth/logout',
    'POST /api/v1/conversations',
    'POST /api/v1/conversations/{id}/messages',
    'POST /api/v1/groups',
    'POST /api/v1/groups/{id}/join',
    'POST /api/v1/groups/{id}/leave',
    'POST /api/v1/messages/{id}/read',
    'POST /api/v1/sync',
    'POST /api/v1/upload/image',
    'POST /api/v1/users/me/avatar',
    'PUT /api/v1/messages/{id}/reactions/{emoji}',
  ])
})

t.test('every endpoint has a summary and a tag that is described', async t => {
  const tags = document.tags.map(({ name }) => name)
  for (const { name, operation: { summary, tags: own = [] } } of operations) {
    t.match(summary, /^[A-Z].*[^.]$/, name)
    t.equal(own.length, 1, name)
    t.ok(tags.includes(own[0]!), name)
  }
})

t.test('every endpoint describes its answers, and its errors in the one shape', async t => {
  for (const { name, path, operation: { responses, parameters = [], requestBody, security } } of operations) {
    const statuses = Object.keys(responses)
    t.ok(statuses.some(status => status.startsWith('2')), name)
    for (const [status, { description, content }] of Object.entries(responses)) {
      t.ok(description, `${name} ${status}`)
      if (/^[45]/.test(status) && !isHealth(path)) {
        t.same(content!['application/json']!.schema.required, [
          'statusCode', 'code', 'error', 'message',
        ], `${name} ${status}`)
      }
    }
    if (isHealth(path)) continue
    for (const status of ['429', '431', '503', 'default']) {
      t.ok(statuses.includes(status), `${name} may answer ${status}`)
    }
    if (parameters.length > 0 || requestBody) t.ok(statuses.includes('400'), `${name} may be asked wrongly`)
    if (!security) t.ok(statuses.includes('401'), `${name} needs a token`)
    if (path.startsWith('/api/v1') && path.includes('{id}')) t.ok(statuses.includes('404'), `${name} may not find it`)
  }
})

t.test('bodies take no keys that are not described', async t => {
  for (const { name, operation: { requestBody } } of operations) {
    const schema = requestBody?.content['application/json']?.schema
    if (schema) t.equal(schema.additionalProperties, false, name)
  }
})

t.test('what needs no token says so', async t => {
  const open = operations.filter(({ operation }) => operation.security?.length === 0)
    .map(({ name }) => name).filter(name => !name.includes('health'))
  t.same(open.sort(), ['GET /dev/google/certs', 'POST /api/v1/auth/google', 'POST /dev/google/token'])
})
