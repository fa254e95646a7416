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

t.test('a wrong method is told the right ones, whoever asks', async t => {
  const id = '01970000-0000-7000-8000-00000000ffff'
  for (const [method, path, allow] of [
    ['DELETE', '/api/v1/users', 'GET, HEAD, OPTIONS'], ['POST', '/api/v1/users?limit=1', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/v1/auth/google', 'OPTIONS, POST'], ['PUT', '/api/v1/users/me', 'OPTIONS, PATCH'],
    ['POST', `/api/v1/conversations/${id}/`, 'GET, HEAD, OPTIONS, PATCH'],
    ['POST', `/api/v1/messages/${id}/reactions/%F0%9F%91%8D`, 'DELETE, OPTIONS, PUT'],
    ['POST', '/docs/static/swagger-ui.css', 'GET, HEAD, OPTIONS'], ['PROPFIND', '/health', 'GET, HEAD, OPTIONS'],
  ] as const) {
    const { status, body, headers } = await call(server.url + path, method)
    t.match([status, body.code, headers.get('allow')], [405, 'METHOD_NOT_ALLOWED', allow], `${method} ${path}`)
  }
  for (const path of ['/api/v1/nothing', `/api/v1/users/${id}/x`, '/api/v1x/users', '/api/v1/conversations/a/b/c']) {
    t.equal((await call(server.url + path, 'POST')).status, 404, path)
  }
})

t.test('a slash at the end changes nothing', async t => {
  const ada = await server.signIn()
  for (const path of ['/users', '/conversations', '/auth/me']) {
    t.same((await ada.get(`${path}/`)).body, (await ada.get(path)).body, path)
  }
  t.same((await ada.get('/users/?limit=1')).body, (await ada.get('/users?limit=1')).body)
  for (const path of ['/docs/', '/health/']) t.equal((await fetch(server.url + path)).status, 200, path)
  for (const path of ['/api/v1/users//', '/docs/events/', '//']) {
    t.equal((await fetch(server.url + path)).status, 404, path)
  }
})

t.test('of what is not there it says nothing', async t => {
  const asked = { origin: server.config.FRONTEND_URL[0]!, 'access-control-request-method': 'GET' }
  const { status, headers } = await ask('/api/v1/nothing', asked)
  t.same([status, headers.get('allow')], [200, null])
})
