/** ID tokens that must sign nobody in, each bad for one reason alone, by name. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { hmac, inSeconds, makeToken, readToken, rsa, unsealed } from '../modules/auth.ts'
import type { Tokens } from './bad-tokens.ts'

export interface IdLoot { idToken: string, googleKey: KeyObject, publicPem: string, apiToken: string, secret: string }

const { privateKey: anotherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

export function badIdTokens ({ idToken, googleKey, publicPem, apiToken, secret }: IdLoot): Tokens {
  const [header, claims] = readToken(idToken)
  const [head, , signature] = idToken.split('.') as [string, string, string]
  // With Google's own key: these fail for what they say.
  const sealed = (changes: object) => makeToken(header, { ...claims, ...changes }, rsa(googleKey))
  const titled = (changes: object, key = anotherKey) => makeToken({ ...header, ...changes }, claims, rsa(key))
  const changed = makeToken(header, { ...claims, sub: 'admin' }, unsealed)
  return {
    'e-mail not verified': sealed({ email_verified: false }),
    'e-mail verified in words': sealed({ email_verified: 'true' }),
    'e-mail verified by a number': sealed({ email_verified: 1 }),
    'e-mail verification unknown': sealed({ email_verified: undefined }),
    'no e-mail': sealed({ email: undefined }),
    'an empty e-mail': sealed({ email: '' }),
    'no sub': sealed({ sub: undefined }),
    'an empty sub': sealed({ sub: '' }),
    'another audience': sealed({ aud: 'another-app' }),
    'our audience and another': sealed({ aud: [claims.aud, 'another-app'] }),
    'our audience in a list': sealed({ aud: [claims.aud] }),
    'our audience in capitals': sealed({ aud: claims.aud.toUpperCase() }),
    'no audience': sealed({ aud: undefined }),
    'audience null': sealed({ aud: null }),
    'another issuer': sealed({ iss: 'https://accounts.google.com' }),
    'our issuer with a path': sealed({ iss: `${claims.iss}/` }),
    'issuer in a list': sealed({ iss: [claims.iss] }),
    'no issuer': sealed({ iss: undefined }),
    expired: sealed({ iat: inSeconds(-7200), exp: inSeconds(-3600) }),
    'issued in the future': sealed({ iat: inSeconds(1800), exp: inSeconds(3600) }),
    'no expiry': sealed({ exp: undefined }),
    'expiry in words': sealed({ exp: 'never' }),
    'expiry null': sealed({ exp: null }),
    'no time of issue': sealed({ iat: undefined }),
    'time of issue in words': sealed({ iat: 'always' }),
    'valid for years': sealed({ exp: inSeconds(10 * 365 * 86_400) }),
    'expired four minutes ago': sealed({ iat: inSeconds(-3840), exp: inSeconds(-240) }),
    'not valid yet': sealed({ nbf: inSeconds(600) }),
    'expiry as text': sealed({ exp: String(claims.exp) }),
    'expiry in a list': sealed({ exp: [claims.exp] }),
    'time of issue as text': sealed({ iat: String(claims.iat) }),
    'sub as a number': sealed({ sub: 7 }),
    'sub in a list': sealed({ sub: [claims.sub] }),
    'sub that no database can hold': sealed({ sub: 'a\0' }),
    'sub without end': sealed({ sub: 'x'.repeat(256) }),
    'e-mail in a list': sealed({ email: [claims.email] }),
    'e-mail that no database can hold': sealed({ email: 'a\0@example.com' }),
    'e-mail without end': sealed({ email: `${'x'.repeat(250)}@example.com` }),
    'name as a number': sealed({ name: 7 }),
    'picture as a number': sealed({ picture: 7 }),
    'an extension that must be understood': titled({ crit: ['exp'] }, googleKey),
    'alg none over Google\'s signature': titled({ alg: 'none' }, googleKey),
    'HS256 over Google\'s signature': titled({ alg: 'HS256' }, googleKey),
    'another key': titled({}),
    'an unknown key id': titled({ kid: 'another' }, googleKey),
    'no key id': titled({ kid: undefined }, googleKey),
    'a key id of the prototype': titled({ kid: '__proto__' }),
    'another key, embedded': titled({ jwk: anotherKey.export({ format: 'jwk' }) }),
    'another key, by address': titled({ jku: 'https://forger.example/keys', x5u: 'https://forger.example/chain.pem' }),
    'alg none': makeToken({ ...header, alg: 'none' }, claims, unsealed),
    'no signature': makeToken(header, claims, unsealed),
    'HS256 with the certificate as the secret': makeToken({ ...header, alg: 'HS256' }, claims, hmac(publicPem)),
    'HS256 with the certificate, trimmed': makeToken({ ...header, alg: 'HS256' }, claims, hmac(publicPem.trim())),
    'HS256 with the secret of API tokens': makeToken({ ...header, alg: 'HS256' }, claims, hmac(secret)),
    'ES256, and the signature not': makeToken({ ...header, alg: 'ES256' }, claims, () => Buffer.alloc(64)),
    'claims changed afterwards': `${head}.${changed.split('.')[1]}.${signature}`,
    'an API token': apiToken,
    'an API token\'s claims': makeToken(header, readToken(apiToken)[1], rsa(googleKey)),
    garbage: 'garbage',
    'garbage in three parts': 'a.b.c',
    'two parts': idToken.slice(0, idToken.lastIndexOf('.')),
    'four parts': `${idToken}.${signature}`,
    'dots alone': '..',
    'claims that are no object': `${head}.${Buffer.from('null').toString('base64url')}.${signature}`,
    'as long as a token may be': 'x'.repeat(8192),
  }
}
