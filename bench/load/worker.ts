/**
 * A process that loads others: prepares the job it is sent, then runs it for so many seconds whenever it is
 * told to.
 */
import type { Outcome, Prepare } from './drive.ts'

const { prepare } = await import(`./${process.argv[2]}.ts`) as { prepare: Prepare<unknown> }
let run: (seconds: number) => Promise<Outcome>

async function answer (message: { job?: unknown, seconds: number }): Promise<Outcome | undefined> {
  if (message.job === undefined) return run(message.seconds)
  run = await prepare(message.job)
  return undefined
}

process.on('message', (message: { job?: unknown, seconds: number }) => {
  answer(message).then(result => process.send!({ result }), error => process.send!({ error: String(error) }))
})
process.on('disconnect', () => process.exit())
