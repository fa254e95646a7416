/** Whose token it is and until when it is good, in milliseconds; whether it is good at all, only the server knows. */
export function readToken (token: string): { userId: string, expiresAt: number } {
  try {
    const claims = JSON.parse(
      atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))
    ) as { sub: string, exp: number }
    return { userId: claims.sub, expiresAt: claims.exp * 1_000 }
  } catch {
    throw new TypeError('This is no token of Convo.')
  }
}
