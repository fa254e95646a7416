import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

const style = `
:root { color-scheme: light dark; --green: light-dark(#0b7a5f, #3ddba5); --line: light-dark(#d9e2df, #2c3b37) }
* { box-sizing: border-box }
body {
  font: 17px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
  padding: 1.5rem; background: light-dark(#f3f7f5, #0f1715); color: light-dark(#15211d, #e6efec)
}
main { width: 100%; max-width: 32rem }
header { display: flex; align-items: center; gap: 1rem; margin-bottom: 1.5rem }
svg { width: 3.5rem; flex: none }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 }
p { margin: 0 }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.75rem }
a {
  display: block; padding: 0.9rem 1.1rem; border: 1px solid var(--line); border-radius: 0.75rem; text-decoration: none;
  color: inherit; background: light-dark(#fff, #16211e)
}
a:hover, a:focus-visible { border-color: var(--green); outline: 2px solid var(--green); outline-offset: -1px }
strong { color: var(--green) }
small { display: block; font-size: 0.9rem; opacity: 0.8 }
`

const page = (icon: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Convo</title>
<link rel="icon" type="image/svg+xml" href="docs/static/theme/icon.svg">
<style>${style}</style>
</head>
<body>
<main>
<header>${icon}<div><h1>Convo is running</h1><p>A chat server. People use it through an app.</p></div></header>
<ul>
<li><a href="docs"><strong>The API</strong><small>Every call, to read and to try</small></a></li>
<li><a href="docs/events"><strong>Live events</strong><small>What is told over Socket.IO</small></a></li>
<li><a href="health/ready"><strong>Health</strong><small>What a load balancer asks</small></a></li>
</ul>
</main>
</body>
</html>
`

const contentSecurityPolicy = [
  "default-src 'none'", `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`, "img-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ')

/** What people see who open the server's address in a browser. */
const frontPage: FastifyPluginAsync = async app => {
  const html = page(await readFile(new URL('icon.svg', import.meta.url), 'utf8'))
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy).send(html))
}

export default fp(frontPage, { name: 'front-page', dependencies: ['openapi'] })
