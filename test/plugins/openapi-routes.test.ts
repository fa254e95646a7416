import t from 'tap'
import { startServer } from '../support/server.ts'
import { describedOperations, servedRoutes } from '../support/security/inventory.ts'

/** Routes that are not described, by how they begin, and why. */
const hidden: Record<string, string> = {
  'GET /': 'what people see',
  'GET /docs': 'the description itself, and the pages that show it',
  'GET /images/{name}': 'part of addresses that answers contain, to be loaded as they are: with Cloudinary they ' +
    'lead elsewhere',
}

const server = await startServer(t)
const described = (await describedOperations(server)).map(({ name }) => name)
const served = servedRoutes(server)

const isHidden = (route: string) =>
  Object.keys(hidden).some(beginning => route === beginning || route.startsWith(`${beginning}/`))

/** Fastify adds a HEAD to every GET. */
const undescribed = (routes: string[]) =>
  routes.map(route => route.replace('HEAD ', 'GET ')).filter(route => !isHidden(route) && !described.includes(route))

t.test('every route is described, or hidden for a reason', async t => {
  t.same(undescribed(served), [])
  t.same(undescribed(['GET /api/v1/secret', 'HEAD /health', 'GET /docsize']), [
    'GET /api/v1/secret', 'GET /docsize',
  ], 'or it would be noticed')
})

t.test('every route that is described or hidden is there', async t => {
  t.same(described.filter(name => !served.includes(name)), [])
  t.same(Object.keys(hidden).filter(beginning => !served.some(route => route.startsWith(beginning))), [])
  t.same(described.filter(isHidden), [])
})
