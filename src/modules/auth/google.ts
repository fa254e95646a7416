import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { OAuth2Client } from 'google-auth-library'
import { Unauthenticated, Unavailable } from '../../errors.ts'
import { nameIn } from '../../lib/names.ts'

/** Where ID tokens come from: Google itself, or in development the fake Google. */
export interface IdentityProvider {
  /** Whose tokens are taken. */
  clientIds: string[]
  issuers: string[]
  /** Address of the certificates; unset: Google's. */
  certsUrl?: () => string
}

// The library looks at the signature and at who made the token for whom; of all else it believes what the token says.
const HeaderSchema = Type.Object({ alg: Type.Literal('RS256'), crit: Type.Optional(Type.Undefined()) })
const ClaimsSchema = Type.Object({
  sub: Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$' }),
  email: Type.String({ pattern: '^[^@\\s\\u0000]+@[^@\\s\\u0000]+$', maxLength: 255 }),
  email_verified: Type.Literal(true),
  name: Type.Optional(Type.String()),
  picture: Type.Optional(Type.String()),
  exp: Type.Number(),
  iat: Type.Number(),
  nbf: Type.Optional(Type.Number()),
})

/** Clocks differ by so much at most, in seconds; the library would take a token that expired five minutes ago. */
const clockSkew = 60

function isOfNow ({ exp, iat, nbf = iat }: Static<typeof ClaimsSchema>): boolean {
  const now = Date.now() / 1_000
  return exp > now - clockSkew && iat < now + clockSkew && nbf < now + clockSkew
}

/** Google signs with either of its names; a person has one. */
const googleIssuer = 'https://accounts.google.com'

/** Who signs in: a person is an issuer's subject. */
export interface VerifiedPerson { issuer: string, subject: string, email: string, name: string, picture?: string }

export const google = (clientIds: readonly string[]): IdentityProvider => ({
  clientIds: [...clientIds], issuers: ['accounts.google.com', googleIssuer],
})

function connect ({ issuers, certsUrl }: IdentityProvider): OAuth2Client {
  const transporterOptions = { timeout: 4_000, retryConfig: { retry: 1, noResponseRetries: 1, retryDelay: 100 } }
  if (certsUrl === undefined) return new OAuth2Client({ issuers, transporterOptions })
  const url = certsUrl()
  return new OAuth2Client({
    issuers,
    // The fake Google is this very process: a proxy named by the environment need not reach it.
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
export function createVerifier (provider: IdentityProvider): (idToken: string) => Promise<VerifiedPerson> {
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
    const ticket = await asked.verifySignedJwtWithCertsAsync(idToken, certs, provider.clientIds, provider.issuers)
      .catch(() => { throw new Unauthenticated() })
    const [header, claims] = [ticket.getEnvelope(), ticket.getPayload()]
    if (!Value.Check(HeaderSchema, header) || !Value.Check(ClaimsSchema, claims) || !isOfNow(claims)) {
      throw new Unauthenticated()
    }

    const email = claims.email.toLowerCase()
    return {
      issuer: googleIssuer,
      subject: claims.sub,
      email,
      name: nameIn(claims.name ?? '', 100) || nameIn(email.split('@')[0]!, 100) || 'Somebody',
      ...claims.picture?.startsWith('https://') && claims.picture.length <= 2048 && { picture: claims.picture },
    }
  }
}
