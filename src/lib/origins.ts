/** A scheme, a host and perhaps a port. Wildcards, paths and users do not fit. */
const originShape = /^[a-z][a-z\d+.-]*:\/\/(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d+)?$/

export const withoutSlash = (address: string) => address.replace(/\/$/, '')

/** Whether pages or apps may say so where they are from: `https://chat.example.com`, or `capacitor://localhost`. */
export function isOrigin (value: string): boolean {
  const written = withoutSlash(value)
  const url = originShape.test(written) ? URL.parse(written) : null
  if (url === null) return false
  // Of a scheme that is not the web's, which is an app's then; but files are nobody's.
  if (url.origin === 'null') return url.protocol !== 'file:'
  return /^https?:$/.test(url.protocol) && url.origin === written
}

/** Whether it is the address of a server, perhaps under a path. */
export function isPublicUrl (value: string): boolean {
  const url = URL.parse(value)
  if (url === null || !isOrigin(url.origin) || !/^(\/[\w.~-]+)*\/?$/.test(url.pathname)) return false
  return withoutSlash(url.origin + url.pathname) === withoutSlash(value)
}

/** The path in the address of a server, or nothing. */
export const pathOf = (publicUrl = 'http://host') => withoutSlash(new URL(publicUrl).pathname)

/** Whether an `Origin` names this host, with the scheme of pages or of sockets. Its usual port may be left out. */
export function namesHost (origin: string, host: string): boolean {
  const [, s, named] = /^(?:http|ws)(s?):\/\/([^:].*)$/i.exec(origin) ?? []
  const bare = (host: string) => host.toLowerCase().replace(s ? /:443$/ : /:80$/, '')
  return named !== undefined && bare(named) === bare(host)
}
