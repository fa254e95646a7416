/** An opaque cursor from the sort key of the last row of a page. */
export function encodeCursor (key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** The sort key inside a cursor, or undefined if it is not one of ours: `accepts` checks each part. */
export function decodeCursor (cursor: string, accepts: ReadonlyArray<(part: string) => boolean>): string[] | undefined {
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(key) || key.length !== accepts.length) return undefined
  const fits = accepts.every((accept, i) => typeof key[i] === 'string' && accept(key[i]))
  return fits ? key : undefined
}
