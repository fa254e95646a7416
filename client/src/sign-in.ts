import { createApi, type Answer, type CallOptions } from './api.ts'
import { systemClock } from './clock.ts'

/** Exchanges an ID token of Google for one of Convo's. */
export function signIn (url: string, idToken: string, options?: CallOptions): Promise<Answer<'signIn'>> {
  const api = createApi({ url, fetch: (...args) => globalThis.fetch(...args), clock: systemClock })
  return api.signIn({ idToken }, options)
}
