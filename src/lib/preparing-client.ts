import pg from 'pg'

const names = new Map<string, string | undefined>()

/** What a pattern finds depends on the pattern, so its plan does as well. */
const needsPlanOfItsOwn = (text: string) => / i?like /i.test(text)

/** There are few statements, as values are never part of their text; so there are few names. */
function nameOf (text: string): string | undefined {
  if (!names.has(text)) names.set(text, needsPlanOfItsOwn(text) ? undefined : `convo-${names.size}`)
  return names.get(text)
}

interface Unnamed { text: string, name?: string | undefined }

const isUnnamed = (config: unknown): config is Unnamed =>
  typeof config === 'object' && (config as Unnamed).name === undefined

/**
 * Prepares each statement that has values once on its connection: to plan one often takes longer than to
 * carry it out.
 */
export class PreparingClient extends pg.Client {
  // The types are those of none of pg's overloads, since this stands for all of them.
  override query (config: unknown, values?: unknown, callback?: unknown): never {
    if (isUnnamed(config) && Array.isArray(values) && values.length > 0) config.name = nameOf(config.text)
    return super.query(config as never, values as never, callback as never) as never
  }
}
