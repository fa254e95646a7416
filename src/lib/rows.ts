/** ISO 8601 in UTC with milliseconds, from what Drizzle (Date) or a plain query (string) returns. */
export function toIso (value: Date | string): string {
  return (typeof value === 'string' ? new Date(value) : value).toISOString()
}

export function toIsoOrNull (value: Date | string | null): string | null {
  return value === null ? null : toIso(value)
}

/** Escapes the wildcards of LIKE, so that a search for `50%` finds `50%` and not everything. */
export function containsPattern (search: string): string {
  return `%${search.replace(/[\\%_]/g, '\\$&')}%`
}

/** One row more than asked for tells whether there is another page. */
export function cutPage<Row> (rows: Row[], limit: number) {
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit }
}
