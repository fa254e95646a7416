import { createHistogram, performance } from 'node:perf_hooks'

/** What one run did. Latencies in milliseconds. */
export interface Outcome { operations: number, errors: number, seconds: number, p50: number, p99: number }

/** A kind of load, by the name of its file in this folder and the type of its job. */
export interface Drive<Job> { module: string, job?: Job }

/** What a file in this folder exports: prepares a job (connects, for instance) and returns what runs it for a while. */
export type Prepare<Job> = (job: Job) => Promise<(seconds: number) => Promise<Outcome>>

export function createRecorder () {
  const histogram = createHistogram()
  const begun = performance.now()
  let errors = 0
  let firstError: unknown
  return {
    /** @param ms how long an operation took */
    done: (ms: number) => histogram.record(Math.max(1, Math.round(ms * 1_000))),
    failed (error: unknown) {
      errors++
      firstError ??= error
    },
    outcome (operations = histogram.count): Outcome {
      if (firstError !== undefined) console.error('the first of', errors, 'errors:', firstError)
      return {
        operations,
        errors,
        seconds: (performance.now() - begun) / 1_000,
        p50: histogram.percentile(50) / 1_000,
        p99: histogram.percentile(99) / 1_000,
      }
    },
  }
}

/** Keeps so many operations in flight for a while; `once` gets their numbers. */
export async function keepInFlight (
  inFlight: number, seconds: number, once: (i: number) => Promise<unknown>
): Promise<Outcome> {
  const recorder = createRecorder()
  const end = performance.now() + seconds * 1_000
  let next = 0
  async function goOn (): Promise<void> {
    for (let start = performance.now(); start < end; start = performance.now()) {
      try {
        await once(next++)
        recorder.done(performance.now() - start)
      } catch (error) {
        recorder.failed(error)
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, goOn))
  return recorder.outcome()
}
