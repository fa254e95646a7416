import type { Schema } from './components.ts'

/**
 * An example of what a schema describes: its own, else one composed from those of its parts; undefined where
 * none says.
 */
export function exampleOf (schema: Schema): unknown {
  if (schema.examples) return schema.examples[0]
  if (schema.allOf) return Object.fromEntries(schema.allOf.flatMap(part => Object.entries(exampleOf(part) as object)))
  if (schema.anyOf) return exampleOf(schema.anyOf[0]!)
  if (schema.items) return [exampleOf(schema.items)]
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, exampleOf(property)])
    )
  }
  return schema.const ?? schema.default
}
