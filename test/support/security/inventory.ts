/**
 * What the server has to be asked about: its operations, its routes, its events, and which of their
 * parameters take ids.
 */
import type { TSchema } from '@sinclair/typebox'
import { clientEvents } from '../../../src/modules/realtime/schemas.ts'
import { inlined } from '../description.ts'
import { call, type TestServer } from '../server.ts'

type Place = 'path' | 'query' | 'body' | 'file'
type Schema = Partial<Pick<TSchema, 'type' | 'enum' | 'additionalProperties' | 'properties' | 'patternProperties'>>

export interface Operation {
  /** `GET /api/v1/users/{id}`, or the name of an event. */
  name: string
  isEvent: boolean
  parameters: Record<string, { place: Place, schema: Schema }>
}

interface Description {
  parameters?: Array<{ name: string, in: 'path' | 'query', schema: Schema }>
  requestBody?: { content: Record<string, { schema: Schema }> }
}

const propertiesOf = ({ properties = {} }: Schema, place: Place): Operation['parameters'] =>
  Object.fromEntries(
    Object.entries(properties as Record<string, Schema>).map(([name, schema]) => [name, { place, schema }])
  )

function toOperation (name: string, { parameters = [], requestBody }: Description): Operation {
  const { 'application/json': json, 'multipart/form-data': form } = requestBody?.content ?? {}
  const inAddress = parameters.map(({ name, in: place, schema }) => [name, { place, schema }])
  return {
    name,
    isEvent: false,
    parameters: {
      ...Object.fromEntries(inAddress),
      ...json && propertiesOf(json.schema, 'body'),
      ...form && propertiesOf(form.schema, 'file'),
    }
  }
}

/** What the documentation describes. */
export async function describedOperations ({ url }: TestServer): Promise<Operation[]> {
  type Paths = Record<string, Record<string, Description>>
  const { body } = await call<{ paths: Paths }>(`${url}/docs/openapi.json`, 'GET')
  const { paths } = inlined(body)
  return Object.entries(paths).flatMap(
    ([path, methods]) => Object.entries(methods).map(
      ([method, description]) => toOperation(`${method.toUpperCase()} ${path}`, description)
    )
  )
}

export const events: Operation[] = Object.entries(clientEvents)
  .map(([name, schema]) => ({ name, isEvent: true, parameters: propertiesOf(schema, 'body') }))

/** What Fastify serves, hidden routes included, from the tree that it prints: `GET /api/v1/users/{id}`. */
export function servedRoutes ({ app }: TestServer): string[] {
  const above: string[] = []
  return app.printRoutes({ commonPrefix: false }).split('\n').filter(Boolean).flatMap(line => {
    const [, indent, part, methods] = /^([│ ]*)[├└]── (\S*) \((.+)\)$/.exec(line)!
    const depth = indent!.length / 4
    above.splice(depth, Infinity, part!)
    const path = above.join('').replaceAll(/:(\w+)/g, '{$1}')
    return methods!.split(', ').filter(method => method !== 'OPTIONS').map(method => `${method} ${path}`)
  })
}

/** Strings that name nothing. A new one belongs here, or into the matrix. */
const plain = [
  'search', 'text', 'name', 'icon', 'iconBg', 'about', 'username', 'bio', 'phoneNumber', 'idToken', 'emoji',
]

/** Whether ids may hide in it: in anything but numbers, switches, choices and plain text. */
function takesIds (name: string, { place, schema }: Operation['parameters'][string]): boolean {
  const isHarmless = [schema.type].flat().every(type => ['integer', 'number', 'boolean'].includes(type))
  return place !== 'file' && !isHarmless && schema.enum === undefined && !plain.includes(name)
}

export const idsOf = ({ parameters }: Operation) =>
  Object.keys(parameters).filter(name => takesIds(name, parameters[name]!))

/** Whether it is an object whose keys are ids. */
export const isKeyedById = ({ properties, additionalProperties, patternProperties }: Schema) =>
  properties === undefined && (typeof additionalProperties === 'object' || patternProperties !== undefined)
