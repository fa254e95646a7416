/** As much of a JSON schema as is looked at. */
interface Shape {
  [keyword: string]: unknown
  type?: string | string[]
  properties?: Record<string, Shape>
  required?: string[]
}

const takesNull = ({ type }: Shape) => [type].flat().includes('null')

/**
 * Takes out of an object, in place, each null of a property that may be left out and is never null: many languages
 * write absence so.
 */
export function omitNulls ({ properties = {}, required = [] }: Shape, input: unknown): void {
  if (typeof input !== 'object' || input === null) return
  const object = input as Record<string, unknown>
  for (const [key, part] of Object.entries(properties)) {
    if (object[key] === null && !required.includes(key) && !takesNull(part)) delete object[key]
    else omitNulls(part, object[key])
  }
}
