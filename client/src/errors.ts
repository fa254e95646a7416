/** What went wrong. Switch on `code`; `message` is for people. Without an answer, `statusCode` is 0. */
export class ConvoError extends Error {
  readonly statusCode: number
  readonly code: string
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter: number

  constructor ({
    statusCode, code, message, retryAfter = 0,
  }: { statusCode: number, code: string, message: string, retryAfter?: number }) {
    super(message)
    this.name = 'ConvoError'
    this.statusCode = statusCode
    this.code = code
    this.retryAfter = retryAfter
  }
}

export const unreachable = () => new ConvoError({ statusCode: 0, code: 'UNREACHABLE', message: 'There was no answer.' })
export const closed = () => new ConvoError({ statusCode: 0, code: 'CLOSED', message: 'This client is closed.' })
export const discarded = () =>
  new ConvoError({ statusCode: 0, code: 'DISCARDED', message: 'This message was discarded.' })

export const isTemporaryStatus = (status: number) => status === 408 || status === 429 || status >= 500

/** Whether the same call may be answered otherwise a little later. */
export const isTemporary = (error: unknown): error is ConvoError =>
  error instanceof ConvoError && (error.code === 'UNREACHABLE' || isTemporaryStatus(error.statusCode))
