/** A copy of a description in which shapes stand where it refers to them: for those who check values against parts. */
export function inlined<Document> (document: Document): Document {
  const { schemas } = (document as { components: { schemas: Record<string, unknown> } }).components
  const prefix = '#/components/schemas/'

  function copy (part: unknown): unknown {
    if (Array.isArray(part)) return part.map(copy)
    if (typeof part !== 'object' || part === null) return part
    const { $ref } = part as { $ref?: string }
    if ($ref?.startsWith(prefix)) return copy(schemas[$ref.slice(prefix.length)])
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, copy(value)]))
  }

  return copy(document) as Document
}
