import { findShape, nameOf, type Schema } from './components.ts'

interface Reference { $ref: string }

export interface Message {
  name: string, title: string, summary: string, payload: Schema, examples: Array<{ payload: unknown }>,
}
export interface Channel { address?: string, messages: Record<string, Message> }
export interface Operation {
  action: 'send' | 'receive'
  title: string
  summary: string
  channel: Reference
  messages: Reference[]
  reply?: { channel: Reference, messages: Reference[] }
}

/** As much of AsyncAPI 3 as Convo uses. */
export interface AsyncApi {
  asyncapi: '3.0.0'
  info: { title: string, version: string, description: string, license: object }
  defaultContentType: string
  servers: Record<string, object>
  channels: Record<string, Channel>
  operations: Record<string, Operation>
  components: { schemas: Record<string, Schema>, securitySchemes: object }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as HTML, with `code` in it. */
const html = (text: string) =>
  text.replaceAll(/[&<>"']/g, character => entities[character]!).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
const code = (text: string) => `<code>${html(text.replaceAll('`', ''))}</code>`

/** A type in HTML; one that has a name leads to where it is shown. */
function typeOf ({ $ref, anyOf, items, const: constant, enum: choices, format, type }: Schema): string {
  if ($ref !== undefined) return `<a href="#${html(nameOf($ref))}">${html(nameOf($ref))}</a>`
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ')
  if (items !== undefined) return `array of ${typeOf(items)}`
  if (constant !== undefined) return html(JSON.stringify(constant))
  if (choices !== undefined) return choices.map(choice => html(JSON.stringify(choice))).join(' or ')
  return [type].flat().map(
    type => html(type === 'string' && (format === 'uuid' || format === 'date-time') ? format : String(type))
  ).join(' or ')
}

/** A row for each field, those of objects inside by their path. */
function rowsOf ({ properties = {}, required = [] }: Schema, path = ''): string {
  return Object.entries(properties).map(([name, field]) => {
    const optional = required.includes(name) ? '' : ', optional'
    const cells = [code(path + name), typeOf(field) + optional, html(field.description ?? '')]
    const row = cells.map(cell => `<td>${cell}</td>`).join('')
    return `<tr>${row}</tr>${rowsOf(field, `${path}${name}.`)}`
  }).join('\n')
}

const tableOf = (schema: Schema) => `<table><thead><tr><th>Field</th><th>Type</th><th></th></tr></thead><tbody>
${rowsOf(schema)}
</tbody></table>`

const messageHtml = ({ summary, examples }: Message, payload: Schema, title: string) => `<h4>${html(title)}</h4>
<p>${html(summary)}</p>
${tableOf(payload)}
<pre>${html(JSON.stringify(examples[0]!.payload, null, 2))}</pre>`

const shapeHtml = (name: string, schema: Schema) => `<section id="${html(name)}">
<h3>${code(name)}</h3>
<p>${html(schema.description ?? '')}</p>
${tableOf(schema)}
</section>`

const directions = { receive: 'clients send', send: 'the server sends' }

/** A page that shows the events of a description to people. There is no script in it, and no style. */
export function asyncapiPage (document: AsyncApi, stylesheet: string): string {
  const find = ({ $ref }: Reference): Message => {
    const [, , channel, , message] = $ref.split('/')
    return document.channels[channel!]!.messages[message!]!
  }
  const { schemas } = document.components
  const show = (message: Message, title: string) => messageHtml(message, findShape(schemas, message.payload), title)
  const operations = Object.entries(document.operations)
  const list = (action: Operation['action']) => operations.filter(([, operation]) => operation.action === action)
    .map(([id, { title }]) => `<li><a href="#${html(id)}">${html(title)}</a></li>`).join('\n')

  const sections = operations.map(([id, { action, title, messages, reply }]) => `<section id="${html(id)}">
<h3>${code(title)} <small>${directions[action]}</small></h3>
${messages.map(message => show(find(message), 'Payload')).join('\n')}
${(reply?.messages ?? []).map(find).map(message => show(message, `Answer: ${message.title}`)).join('\n')}
</section>`)

  const payloads = Object.values(document.channels).flatMap(({ messages }) => Object.values(messages))
    .map(({ payload }) => findShape(schemas, payload))
  const shapes = Object.entries(schemas).filter(([, schema]) => !payloads.includes(schema))

  const { title, version, description } = document.info
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(title)}</title>
<link rel="icon" type="image/svg+xml" href="static/theme/icon.svg">
<link rel="stylesheet" href="${html(stylesheet)}">
</head>
<body>
<h1>${html(title)} <small>${html(version)}</small></h1>
${description.split('\n\n').map(paragraph => `<p>${html(paragraph)}</p>`).join('\n')}
<p>The same for programs: <a href="asyncapi.json">AsyncAPI 3</a>. Calls over HTTP: <a href="../docs">OpenAPI</a>.</p>
<nav>
<h2>What clients send</h2>
<ul>
${list('receive')}
</ul>
<h2>What the server sends</h2>
<ul>
${list('send')}
</ul>
<h2>What is in them</h2>
<ul>
${shapes.map(([name]) => `<li><a href="#${html(name)}">${html(name)}</a></li>`).join('\n')}
</ul>
</nav>
${sections.join('\n')}
${shapes.map(([name, schema]) => shapeHtml(name, schema)).join('\n')}
</body>
</html>
`
}
