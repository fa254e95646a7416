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
    components: {},
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
    components: {},
  }, 'x.css')
  t.match(page, '<p>Pour <code>&lt;tea&gt;</code> in.</p>')
})
