import Fastify from 'fastify'
import t from 'tap'
import publicPath from '../../src/plugins/public-path.ts'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t, { PUBLIC_URL: 'https://example.com/chat/' })
const ada = await server.signIn('Ada')

// As a proxy that takes the path off. test/outside/path.test.ts has a real one.
const get = (path: string) => fetch(server.url + path, { redirect: 'manual' })

t.test('what leads back to the server has the path in PUBLIC_URL', async t => {
  const { status, headers, body: { group } } = await ada.post('/groups', { name: 'Readers' })
  t.same([status, headers.get('location')], [201, `/chat/api/v1/groups/${group.id}`])
  t.equal((await get('/docs/static/index.html')).headers.get('location'), '/chat/docs/')
  t.match(await (await get('/docs')).text(), 'src="/chat/docs/static/swagger-ui-bundle.js"')
})

t.test('what leads elsewhere has not', async t => {
  const app = Fastify()
  await app.register(publicPath, { config: server.config })
  app.get('/away', async (_request, reply) => reply.redirect('https://elsewhere.example/'))
  t.equal((await app.inject('/away')).headers.location, 'https://elsewhere.example/')
})

t.test('both descriptions name it', async t => {
  const { body: { servers, externalDocs } } = await call(`${server.url}/docs/openapi.json`, 'GET')
  t.match([servers, externalDocs], [[{ url: '/chat' }], { url: '/chat/docs/events' }])
  const { body: { info, servers: { convo } } } = await call(`${server.url}/docs/asyncapi.json`, 'GET')
  t.match(convo, { pathname: '/chat/socket.io/', protocol: 'wss', variables: { host: { default: 'example.com' } } })
  t.match(info.description, 'path `/chat/socket.io/`')
})
