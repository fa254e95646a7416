interface PostgresError { code: string, constraint?: string }

/** The error of PostgreSQL itself, wherever Drizzle has wrapped it; undefined for any other error. */
export function postgresError (error: unknown): PostgresError | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code) && 'severity' in e) {
      return e as unknown as PostgresError
    }
  }
  return undefined
}

/** The name of the constraint that the statement violated, if that is what failed. */
export function violatedConstraint (error: unknown): string | undefined {
  const cause = postgresError(error)
  return cause?.code.startsWith('23') ? cause.constraint : undefined
}

// Classes of SQLSTATE that say nothing about the request: connection, resources, operator, system.
const unavailableClasses = new Set(['08', '53', '57', '58'])
// Serialization failure, deadlock, read-only (a standby), a transaction ended for being idle or long, lock
// not available, connections not allowed, database gone.
const unavailableCodes = new Set(['40001', '40P01', '25006', '25P03', '25P04', '55P03', '55000', '3D000'])
// Those of a connection: the file system has an ENOENT of its own.
const networkCalls = new Set(['connect', 'getaddrinfo', 'read', 'write'])
const networkCodes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT',
])
// pg has no codes for these (pg and pg-pool, 8.x).
const driverMessage = new RegExp([
  'timeout exceeded when trying to connect', 'timeout expired', 'Query read timeout', 'Connection terminated',
  'Client has encountered a connection error', 'not queryable', 'Cannot use a pool after',
].join('|'), 'i')

/** Whether the database could not be reached or could not answer: a 503, not a 500. */
export function isDatabaseUnavailable (error: unknown): boolean {
  const cause = postgresError(error)
  if (cause) return unavailableClasses.has(cause.code.slice(0, 2)) || unavailableCodes.has(cause.code)
  for (let e = error as NodeJS.ErrnoException; e instanceof Error; e = e.cause as typeof e) {
    if (driverMessage.test(e.message) || (networkCalls.has(e.syscall!) && networkCodes.has(e.code!))) return true
    // A host with several addresses was tried at each.
    if (e instanceof AggregateError && e.errors.some(isDatabaseUnavailable)) return true
  }
  return false
}
