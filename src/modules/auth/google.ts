import { OAuth2Client } from 'google-auth-library'
import { Unauthenticated, Unavailable } from '../../errors.ts'
import { nameIn } from '../../lib/names.ts'

/** Where ID tokens come from: Google itself, or in development the stand-in. */
export interface IdentityProvider {
  clientId: string
  issuers: string[]
  /** Address of the certificates; unset: Google's. */
  certsUrl?: () => string
}

export interface GooglePerson { sub: string, email: string, name: string, picture?: string }

export const google = (clientId: string): IdentityProvider => ({
  clientId, issuers: ['accounts.google.com', 'https://accounts.google.com'],
})

function connect ({ clientId, issuers, certsUrl }: IdentityProvider): OAuth2Client {
  const transporterOptions = { timeout: 4_000, retryConfig: { retry: 1, noResponseRetries: 1, retryDelay: 100 } }
  if (certsUrl === undefined) return new OAuth2Client({ clientId, issuers, transporterOptions })
  const url = certsUrl()
  return new OAuth2Client({
    clientId,
    issuers,
    // The stand-in is this very process: a proxy named by the environment need not reach it.
    transporterOptions: { ...transporterOptions, noProxy: [url] },
    endpoints: { oauth2FederatedSignonPemCertsUrl: url },
  })
}

/** Whether it is PEM by key id, and not the page of some proxy in between. */
function isCertificates (answer: unknown): answer is Record<string, string> {
  const pems = Object.values(answer ?? {})
  return pems.length > 0 && pems.every(pem => typeof pem === 'string' && pem.startsWith('-----BEGIN '))
}

/**
 * Verifies ID tokens. The function it returns throws UNAUTHENTICATED for any token that is not a
 * valid one for us, and UNAVAILABLE when the certificates cannot be had. Errors of the library are
 * dropped: their messages contain the token.
 */
export function createVerifier (provider: IdentityProvider): (idToken: string) => Promise<GooglePerson> {
  let client: OAuth2Client | undefined

  return async idToken => {
    client ??= connect(provider)
    const asked = client
    const { certs } = await asked.getFederatedSignonCertsAsync().catch(() => ({ certs: undefined }))
    if (!isCertificates(certs)) {
      // It may have been told to keep what it got.
      client = undefined
      throw new Unavailable('Google does not answer, try again shortly.')
    }
    const ticket = await asked.verifySignedJwtWithCertsAsync(idToken, certs, provider.clientId, provider.issuers)
      .catch(() => { throw new Unauthenticated() })
    const claims = ticket.getPayload()
    if (!claims?.sub || !claims.email || claims.email_verified !== true) throw new Unauthenticated()

    const email = claims.email.toLowerCase()
    return {
      sub: claims.sub,
      email,
      name: nameIn(claims.name ?? '', 100) || nameIn(email.split('@')[0]!, 100) || 'Somebody',
      ...claims.picture?.startsWith('https://') && { picture: claims.picture.slice(0, 2048) },
    }
  }
}
