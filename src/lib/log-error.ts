import { postgresError } from './postgres-errors.ts'

const isError = (thrown: unknown): thrown is Error & { code?: string } => thrown instanceof Error

/**
 * What a log may hold of an error. Messages of the database and of Drizzle quote the values of the
 * statement, texts and addresses among them; of those only the code and the place are kept.
 */
export function serializeError (
  error: unknown
): { type: string, message: string, stack: string, code?: string | undefined, constraint?: string | undefined } {
  // Anything can be thrown, and the log is the last place to fall over it.
  if (!isError(error)) return { type: typeof error, message: 'not an error', stack: '' }
  const fromDatabase = postgresError(error)
  const quotesValues = fromDatabase !== undefined || error.message.startsWith('Failed query')
  const cause = isError(error.cause) ? error.cause : error
  return {
    type: error.name,
    code: fromDatabase?.code ?? cause.code,
    constraint: fromDatabase?.constraint,
    message: quotesValues ? 'a statement failed' : error.message,
    stack: (error.stack ?? '').split('\n').filter(line => line.startsWith('    at ')).join('\n'),
  }
}
