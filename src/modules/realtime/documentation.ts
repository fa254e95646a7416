import type { FastifyInstance } from 'fastify'
import { asyncapiPage } from '../../lib/asyncapi-page.ts'
import { describeEvents } from './asyncapi.ts'

/** The page shows text with one stylesheet and an icon of ours, and runs nothing. */
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'"

const stylesheet = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
section { border-top: 1px solid #8888; margin-top: 2rem }
small { font-weight: normal; opacity: 0.7 }
nav ul { columns: 3 12rem }
table { border-collapse: collapse; width: 100% }
th, td {
  border: 1px solid #8888; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere
}
pre { overflow-x: auto; padding: 0.5rem; background: #8882 }
`

const hidden = { schema: { hide: true } }

/** The events for programs and for people, beside the documentation of the API. */
export function documentEvents (app: FastifyInstance, publicUrl?: string): void {
  const document = describeEvents(publicUrl)
  const page = asyncapiPage(document, 'events.css')
  app.get('/docs/asyncapi.json', hidden, async () => document)
  app.get('/docs/events', hidden, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy).send(page))
  app.get('/docs/events.css', hidden, async (_request, reply) => reply.type('text/css; charset=utf-8').send(stylesheet))
}
