import { OAuth2Client } from 'google-auth-library'
import { Unauthenticated, Unavailable } from '../../errors.ts'

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

// Code points, not UTF-16 units, so that no character is cut in half.
const cleanText = (text: string, maxLength: number) =>
  [...text.toWellFormed().replaceAll('\0', '').trim()].slice(0, maxLength).join('')

/**
 * Verifies ID tokens. The function it returns throws UNAUTHENTICATED for any token that is not a
 * valid one for us, and UNAVAILABLE when the certificates cannot be had. Errors of the library are
 * dropped: their messages contain the token.
 */
export function createVerifier (provider: IdentityProvider): (idToken: string) => Promise<GooglePerson> {
  let client: OAuth2Client | undefined
  const connect = () => new OAuth2Client({
    clientId: provider.clientId,
    issuers: provider.issuers,
    transporterOptions: { timeout: 4_000, retryConfig: { retry: 1, retryDelay: 100 } },
    ...provider.certsUrl && { endpoints: { oauth2FederatedSignonPemCertsUrl: provider.certsUrl() } },
  })

  return async idToken => {
    client ??= connect()
    const { certs } = await client.getFederatedSignonCertsAsync()
      .catch(() => { throw new Unavailable('Google does not answer, try again shortly.') })
    const ticket = await client.verifySignedJwtWithCertsAsync(idToken, certs, provider.clientId, provider.issuers)
      .catch(() => { throw new Unauthenticated() })
    const claims = ticket.getPayload()
    if (!claims?.sub || !claims.email || claims.email_verified !== true) throw new Unauthenticated()

    const email = claims.email.toLowerCase()
    return {
      sub: claims.sub,
      email,
      name: cleanText(claims.name ?? '', 100) || email.split('@')[0]!.slice(0, 100),
      ...claims.picture?.startsWith('https://') && { picture: claims.picture.slice(0, 2048) },
    }
  }
}
