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

/** Without an answer. */
const unanswered = (code: string, message: string) => new ConvoError({ statusCode: 0, code, message })
export const unreachable = () => unanswered('UNREACHABLE', 'There was no answer.')
export const closed = () => unanswered('CLOSED', 'This client is closed.')
export const discarded = () => unanswered('DISCARDED', 'This message was discarded.')

export const isTemporaryStatus = (status: number) => status === 408 || status === 429 || status >= 500

/** Whether the same call may be answered otherwise a little later. */
export const isTemporary = (error: unknown): error is ConvoError =>
  error instanceof ConvoError && (error.code === 'UNREACHABLE' || isTemporaryStatus(error.statusCode))
