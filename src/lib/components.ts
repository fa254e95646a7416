/** JSON Schema, as descriptions have it. */
export interface Schema {
  $ref?: string
  title?: string
  description?: string
  type?: string | string[]
  format?: string
  const?: unknown
  enum?: unknown[]
  default?: unknown
  examples?: unknown[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema | undefined
  required?: string[] | undefined
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
  [keyword: string]: unknown
}

export interface Components {
  /** The shapes that have a name, by that name; those that they contain are references. */
  schemas: Record<string, Schema>
  /** A schema in which every shape with a name, maybe itself, is a reference. */
  refer: (schema: Schema) => Schema
}

const mapValues = (parts: Record<string, Schema>, map: (part: Schema) => Schema) =>
  Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, map(part)]))

/** A schema with other schemas in its places. */
function mapParts (schema: Schema, map: (part: Schema) => Schema): Schema {
  const { properties, patternProperties, additionalProperties, items, allOf, anyOf } = schema
  return {
    ...schema,
    ...properties && { properties: mapValues(properties, map) },
    ...patternProperties && { patternProperties: mapValues(patternProperties, map) },
    ...typeof additionalProperties === 'object' && { additionalProperties: map(additionalProperties) },
    ...items && { items: map(items) },
    ...allOf && { allOf: allOf.map(map) },
    ...anyOf && { anyOf: anyOf.map(map) },
  }
}

/** Puts shapes where descriptions keep them. A shape has a name where its schema has a `title`. */
export function createComponents (): Components {
  const schemas: Components['schemas'] = {}

  function refer (schema: Schema): Schema {
    const { title: name, ...shape } = mapParts(schema, refer)
    if (name === undefined) return shape
    const isNullable = Array.isArray(shape.type)
    const component = isNullable ? { ...shape, type: 'object' } : shape
    schemas[name] ??= component
    if (JSON.stringify(schemas[name]) !== JSON.stringify(component)) throw new Error(`Two shapes are called ${name}.`)
    const reference = { $ref: `#/components/schemas/${name}` }
    return isNullable ? { anyOf: [reference, { type: 'null' }] } : reference
  }

  return { schemas, refer }
}

/** The name that a reference ends with. */
export const nameOf = ($ref: string): string => $ref.split('/').at(-1)!

/** The shape that a schema refers to, or itself. */
export const findShape = (schemas: Components['schemas'], schema: Schema): Schema =>
  schema.$ref === undefined ? schema : schemas[nameOf(schema.$ref)]!
