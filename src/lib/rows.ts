/** How PostgreSQL writes a time when its `TimeZone` is UTC, with as many digits of a second as it needs. */
const utcText = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/

/** ISO 8601 in UTC with milliseconds, from a time as PostgreSQL writes it, in rows or in JSON. */
export function toIso (time: string): string {
  // A page has hundreds of them, and to go by way of a Date takes ten times as long.
  const utc = utcText.exec(time)
  return utc ? `${utc[1]}T${utc[2]}.${(utc[3] ?? '').padEnd(3, '0')}Z` : new Date(time).toISOString()
}

export function toIsoOrNull (time: string | null): string | null {
  return time === null ? null : toIso(time)
}

/** One row more than asked for tells whether there is another page. */
export function cutPage<Row> (rows: Row[], limit: number) {
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit }
}
