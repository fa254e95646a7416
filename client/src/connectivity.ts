import type { Clock } from './clock.ts'

const checkInterval = 5_000
/** A timer that is so late was not running: the device slept. */
const lateness = 5_000

/** What of a browser's `window` is used; elsewhere there is none. */
interface Page {
  addEventListener? (name: string, listener: () => void): void
  removeEventListener? (name: string, listener: () => void): void
  document?: {
    visibilityState: string,
    addEventListener (name: string, listener: () => void): void,
    removeEventListener (name: string, listener: () => void): void,
  }
}

/** Tells when the device has woken or found a network again. Returns what ends it. */
export function watchConnectivity (clock: Clock, woken: () => void): () => void {
  const page = globalThis as Page
  const seen = () => { if (page.document!.visibilityState === 'visible') woken() }
  page.addEventListener?.('online', woken)
  page.document?.addEventListener('visibilitychange', seen)

  let cancel: () => void
  const check = () => {
    const since = clock.now()
    cancel = clock.after(checkInterval, () => {
      if (clock.now() - since > checkInterval + lateness) woken()
      check()
    })
  }
  check()

  return () => {
    cancel!()
    page.removeEventListener?.('online', woken)
    page.document?.removeEventListener('visibilitychange', seen)
  }
}
