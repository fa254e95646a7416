import { postgresError } from './postgres-errors.ts'

/**
 * What a log may hold of an error. Messages of the database and of Drizzle quote the values of the
 * statement, texts and addresses among them; of those only the code and the place are kept.
 */
export function serializeError (error: Error & { code?: string, constraint?: string }) {
  const fromDatabase = postgresError(error)
  const quotesValues = fromDatabase !== undefined || error.message.startsWith('Failed query')
  const cause = error.cause instanceof Error ? error.cause as typeof error : error
  return {
    type: error.name,
    code: fromDatabase?.code ?? cause.code,
    constraint: fromDatabase?.constraint,
    message: quotesValues ? 'a statement failed' : error.message,
    stack: error.stack!.split('\n').filter(line => line.startsWith('    at ')).join('\n'),
  }
}
