import { Type } from '@sinclair/typebox'
import t from 'tap'
import { asyncapiPage } from '../../src/lib/asyncapi-page.ts'

const hostile = '<img src=x onerror="alert(1)"> & \'more\''

t.test('whatever a description says stays text', async t => {
  const payload = Type.Object({ [hostile]: Type.Optional(Type.String({ description: hostile, enum: [hostile] })) })
  const message = {
    name: hostile, title: hostile, summary: hostile, payload, examples: [{ payload: { [hostile]: hostile } }],
  }
  const page = asyncapiPage({
    asyncapi: '3.0.0',
    info: { title: hostile, version: hostile, description: hostile, license: {} },
    defaultContentType: 'application/json',
    servers: {},
    channels: { tea: { address: hostile, messages: { tea: message } } },
    operations: {
      [hostile]: {
        action: 'send',
        title: hostile,
        summary: hostile,
        channel: {
          $ref: '#/channels/tea',
        },
        messages: [{ $ref: '#/channels/tea/messages/tea' }]
      },
    },
    components: { schemas: { [hostile]: Type.Object({}, { description: hostile }) }, securitySchemes: {} },
  }, hostile)
  t.match(page, '&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; &#39;more&#39;')
  t.notMatch(page, /<img|onerror="|& /)
})

t.test('words between backticks are code, whatever is in them', async t => {
  const page = asyncapiPage({
    asyncapi: '3.0.0',
    info: {
      title: 'Tea', version: '1', description: 'Pour `<tea>` in.', license: {},
    },
    defaultContentType: 'text/plain',
    servers: {},
    channels: {},
    operations: {},
    components: { schemas: {}, securitySchemes: {} },
  }, 'x.css')
  t.match(page, '<p>Pour <code>&lt;tea&gt;</code> in.</p>')
})

const reference = { $ref: '#/components/schemas/Cup' }

t.test('what is in several events is shown once, and wherever it is there is a way to it', async t => {
  const page = asyncapiPage({
    asyncapi: '3.0.0',
    info: { title: 'Tea', version: '1', description: 'Tea.', license: {} },
    defaultContentType: 'application/json',
    servers: {},
    channels: {
      tea: {
        messages: {
          tea: {
            name: 'tea',
            title: 'tea',
            summary: 'Tea.',
            payload: { $ref: '#/components/schemas/Tea' },
            examples: [{ payload: {} }],
          },
        },
      },
    },
    operations: {
      tea: {
        action: 'send',
        title: 'tea',
        summary: 'Tea.',
        channel: { $ref: '#/channels/tea' },
        messages: [{ $ref: '#/channels/tea/messages/tea' }],
      },
    },
    components: {
      schemas: {
        Tea: { properties: { cup: reference, other: { anyOf: [reference, { type: 'null' }] } }, required: ['cup'] },
        Cup: { properties: { size: { type: 'integer' } }, required: ['size'] },
      },
      securitySchemes: {},
    },
  }, 'x.css')
  t.match(page, '<td><code>cup</code></td><td><a href="#Cup">Cup</a></td>')
  t.match(page, '<td><code>other</code></td><td><a href="#Cup">Cup</a> or null, optional</td>')
  t.equal(page.match(/<code>size<\/code>/g)?.length, 1)
  t.equal(page.match(/id="Cup"/g)?.length, 1)
  t.notMatch(page, 'id="Tea"')
})
