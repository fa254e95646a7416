import t from 'tap'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const ask = async (path: string, headers = {}) => call(server.url + path, 'OPTIONS', { headers })

t.test('OPTIONS says by which methods an address is called', async t => {
  const { body: { paths } } = await call(`${server.url}/docs/openapi.json`, 'GET')
  const described = Object.entries<object>(paths)
  t.ok(described.length > 15)
  for (const [path, operations] of described) {
    const methods = Object.keys(operations).map(method => method.toUpperCase())
    const { status, headers, body } = await ask(path.replace(/\{\w+\}/g, 'x'))
    t.same([status, body], [204, ''], path)
    const allowed = [...methods, 'OPTIONS', ...methods.includes('GET') ? ['HEAD'] : []].sort()
    t.same(headers.get('allow')!.split(', '), allowed, path)
  }
})

t.test('a preflight is told so too, and needs no token', async t => {
  const origin = server.config.FRONTEND_URL[0]!
  const { status, headers } = await ask('/api/v1/users/me', { origin, 'access-control-request-method': 'PATCH' })
  t.same([status, headers.get('allow')], [204, 'OPTIONS, PATCH'])
  t.equal(headers.get('access-control-allow-origin'), origin)
  t.match(headers.get('access-control-allow-methods'), 'PATCH')
})

t.test('a preflight allows every method that there is', async t => {
  const { body: { paths } } = await call(`${server.url}/docs/openapi.json`, 'GET')
  const methods = new Set(Object.values<object>(paths).flatMap(operations => Object.keys(operations)))
  const asked = { origin: server.config.FRONTEND_URL[0]!, 'access-control-request-method': 'GET' }
  const { headers } = await ask('/api/v1/users', asked)
  const allowed = headers.get('access-control-allow-methods')!.split(', ')
  for (const method of methods) t.ok(allowed.includes(method.toUpperCase()), method)
})

t.test('of what is not there it says nothing', async t => {
  const asked = { origin: server.config.FRONTEND_URL[0]!, 'access-control-request-method': 'GET' }
  const { status, headers } = await ask('/api/v1/nothing', asked)
  t.same([status, headers.get('allow')], [200, null])
})
