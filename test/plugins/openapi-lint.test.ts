import { createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)
const { body: document } = await call(`${server.url}/docs/openapi.json`, 'GET')

// Nothing of what is recommended is off; these are on besides.
const rules = {
  'component-name-unique': 'error',
  'no-http-verbs-in-paths': 'error',
  'operation-description': 'error',
  'operation-singular-tag': 'error',
  'operation-tag-defined': 'error',
  'parameter-description': 'error',
  'path-params-defined': 'error',
  'paths-kebab-case': 'error',
  'scalar-property-missing-example': 'error',
  'spec-strict-refs': 'error',
} as const

const config = await createConfig({ extends: ['recommended'], rules })

async function faultsOf (document: object): Promise<string[]> {
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  return problems.map(
    ({ severity, ruleId, message, location }) => `${severity} ${ruleId} at ${location[0]?.pointer}: ${message}`
  )
}

t.test('a public linter finds nothing to say about the description', async t => {
  t.same(await faultsOf(document), [])
})

t.test('or it would say so', async t => {
  const { servers, ...homeless } = document
  t.match(await faultsOf(homeless), [/^error no-empty-servers /])
  const { '/api/v1/sync': sync } = structuredClone(document.paths)
  sync.post.requestBody.content['application/json'].example = { conversations: 7 }
  t.match(await faultsOf({ ...document, paths: { '/api/v1/sync': sync } }), [/^warn no-invalid-media-type-examples /])
})
