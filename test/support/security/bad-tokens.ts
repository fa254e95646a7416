/** Tokens of the API that must not be accepted, each bad for one reason alone, by name. */
import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import type { Person } from '../server.ts'
import { hmac, inSeconds, makeToken, readToken, rsa, unsealed } from '../modules/auth.ts'
import { badSpellings, base64, flipped, sealText } from './token-spellings.ts'

export type Tokens = Record<string, string>

/**
 * What forgers may know: one's own token and those of others, the key of the certificates; and, for the sake
 * of the test, the secret.
 */
export interface Loot {
  own: Person, other: Person, secret: string, googleKey: KeyObject, publicPem: string, idToken: string,
}

const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const edKey = generateKeyPairSync('ed25519')

/** Algorithms that are not HS256, and keys that are not the secret. */
function badSeals ({ own, secret, googleKey, publicPem }: Loot): Tokens {
  const [header, claims] = readToken(own.token)
  const [, , signature] = own.token.split('.')
  const seal = hmac(secret)
  const nones = ['none', 'None', 'NONE', 'nOnE'].flatMap(alg => [
    [`alg ${alg}, unsigned`, makeToken({ ...header, alg }, claims, unsealed)],
    [`alg ${alg}, signed`, makeToken({ ...header, alg }, claims, seal)],
    [`alg ${alg} and the signature of a good token`, `${makeToken({ ...header, alg }, claims, unsealed)}${signature}`],
  ])
  const odd = {
    'a list': ['HS256'],
    'an empty list': [],
    'a number': 256,
    null: null,
    missing: undefined,
    true: true,
    'an object': { alg: 'HS256' },
    empty: '',
    'in lower case': 'hs256',
    'with a space': 'HS256 ',
  }
  const odds = Object.entries(odd).map(([what, alg]) => [`alg ${what}`, makeToken({ ...header, alg }, claims, seal)])
  const pems = {
    '': publicPem,
    ' without its last line feed': publicPem.trim(),
    ' with a line feed before it': `\n${publicPem}`,
    ' with spaces around it': `  ${publicPem}  `,
  }
  const confusions = Object.entries(pems).flatMap(([how, pem]) => [
    [`HS256 with the certificate${how} as the secret`, makeToken(header, claims, hmac(pem))],
    [`RS256 by name, HMAC with the certificate${how}`, makeToken({ ...header, alg: 'RS256' }, claims, hmac(pem))],
  ])
  const secrets = {
    another: 'x'.repeat(64),
    'one cut short': secret.slice(0, -1),
    'one with a line feed': `${secret}\n`,
    'its own hash': createHash('sha256').update(secret).digest('hex'),
    'the word undefined': 'undefined',
    'an empty one': '',
  }
  return Object.fromEntries([
    ...nones, ...odds, ...confusions,
    ...Object.entries(secrets).map(
      ([what, secret]) => [`another secret: ${what}`, makeToken(header, claims, hmac(secret))]
    ),
    ['HS384 with the secret', makeToken({ ...header, alg: 'HS384' }, claims, hmac(secret, 'sha384'))],
    ['HS512 with the secret', makeToken({ ...header, alg: 'HS512' }, claims, hmac(secret, 'sha512'))],
    ['HS256 by name, SHA-512 in fact', makeToken(header, claims, hmac(secret, 'sha512'))],
    ['RS256 with a key of the forger', makeToken({ ...header, alg: 'RS256' }, claims, rsa(rsaKey.privateKey))],
    [
      'RS256 with the key of ID tokens',
      makeToken({ ...header, alg: 'RS256', kid: 'development' }, claims, rsa(googleKey)),
    ],
    ['HS256 by name, signed with RSA', makeToken(header, claims, rsa(googleKey))],
    ['PS256', makeToken({ ...header, alg: 'PS256' }, claims, rsa(rsaKey.privateKey))],
    ['ES256', makeToken({
      ...header, alg: 'ES256',
    }, claims, unsigned =>
      sign('sha256', Buffer.from(unsigned), { key: ecKey.privateKey, dsaEncoding: 'ieee-p1363' }))],
    ['ES256 with a signature of zeros', makeToken({ ...header, alg: 'ES256' }, claims, () => Buffer.alloc(64))],
    [
      'EdDSA',
      makeToken({ ...header, alg: 'EdDSA' }, claims, unsigned => sign(null, Buffer.from(unsigned), edKey.privateKey)),
    ],
    ['a signature of zeros', makeToken(header, claims, () => Buffer.alloc(32))],
    ['a signature cut in half', makeToken(header, claims, unsigned => seal(unsigned).subarray(0, 16))],
    [
      'a signature with something after it',
      makeToken(header, claims, unsigned => Buffer.concat([seal(unsigned), Buffer.alloc(1)])),
    ],
    [
      'the signature of other claims',
      makeToken(header, { ...claims, exp: claims.exp + 1 }, () => Buffer.from(signature!, 'base64url')),
    ],
  ])
}

/** Headers that would have the server use another key, or read the token in another way. */
function badHeaders ({ own, secret, publicPem }: Loot): Tokens {
  const [header, claims] = readToken(own.token)
  const jwk = rsaKey.publicKey.export({ format: 'jwk' })
  const keyless = {
    'kid that leads to an empty file': [{ kid: '../../../../../dev/null' }, hmac('')],
    'kid with SQL': [{ kid: "x' UNION SELECT 'known' -- " }, hmac('known')],
    'kid with a command': [{ kid: 'key|echo known' }, hmac('known')],
    'kid in a list': [{ kid: ['known'] }, hmac('known')],
    'kid of the prototype': [{ kid: '__proto__' }, hmac('[object Object]')],
    'jwk with the secret': [{ jwk: { kty: 'oct', k: base64('known') } }, hmac('known')],
    'jwk with the key, RS256': [{ alg: 'RS256', jwk }, rsa(rsaKey.privateKey)],
    'jku, RS256': [
      { alg: 'RS256', jku: `${own.server.url}/dev/google/certs`, kid: 'development' }, rsa(rsaKey.privateKey),
    ],
    'x5u, RS256': [{ alg: 'RS256', x5u: 'https://forger.example/chain.pem' }, rsa(rsaKey.privateKey)],
    'x5c, RS256': [{ alg: 'RS256', x5c: [Buffer.from(publicPem).toString('base64')] }, rsa(rsaKey.privateKey)],
  } as const
  // These are signed with the secret: what a header asks for and is not done makes the token void.
  const sealed = {
    'crit with an unknown extension': {
      crit: ['https://example.com/extension'], 'https://example.com/extension': true,
    },
    'crit with exp': { crit: ['exp'], exp: 1 },
    'crit with a known name': { crit: ['alg'] },
    'crit with nothing': { crit: [] },
    'crit null': { crit: null },
    'crit false': { crit: false },
    'crit empty': { crit: '' },
    'crit in words': { crit: 'b64' },
    'b64 false, critical': { b64: false, crit: ['b64'] },
    'b64 false': { b64: false },
    'typ of another kind': { typ: 'at+jwt' },
    'typ JOSE': { typ: 'JOSE' },
    'typ missing': { typ: undefined },
    'typ null': { typ: null },
    'typ a list': { typ: ['JWT'] },
    'typ a number': { typ: 1 },
    'cty, as of a token within': { cty: 'JWT' },
    'zip, as of a compressed one': { zip: 'DEF' },
    'kid, where there are no keys to choose from': { kid: '1' },
    'jku beside a good signature': { jku: 'https://forger.example/keys' },
  }
  return {
    ...Object.fromEntries(
      Object.entries(keyless).map(
        ([what, [changes, seal]]) => [what, makeToken({ ...header, ...changes }, claims, seal)]
      )
    ),
    ...Object.fromEntries(
      Object.entries(sealed).map(
        ([what, changes]) => [what, makeToken({ ...header, ...changes }, claims, hmac(secret))]
      )
    ),
    'alg twice, good last': sealText('{"alg":"none","alg":"HS256","typ":"JWT"}', JSON.stringify(claims), secret),
    'alg twice, good first': sealText('{"alg":"HS256","alg":"none","typ":"JWT"}', JSON.stringify(claims), secret),
    'b64 false, and claims that are no base64':
      `${base64('{"alg":"HS256","b64":false,"crit":["b64"]}')}.${JSON.stringify(claims).replaceAll('.', '')}.`,
  }
}

/** Claims of the wrong type, of somebody else, of another time; all signed with the secret. */
function badClaims ({ own, other, secret }: Loot): Tokens {
  const [header, claims] = readToken(own.token)
  const [, others] = readToken(other.token)
  const forge = (changes: object) => makeToken(header, { ...claims, ...changes }, hmac(secret))
  const types = {
    missing: undefined,
    null: null,
    true: true,
    empty: '',
    'in an object': (
      value: unknown
    ) => ({ value }),
    'in a list': (value: unknown) => [value]
  }
  const odd = Object.keys(claims).flatMap(claim => Object.entries(types).map(([how, value]) =>
    [`${claim} ${how}`, forge({ [claim]: typeof value === 'function' ? value(claims[claim]) : value })]))
  const times = ['exp', 'iat'].flatMap(claim => Object.entries({
    'in words': 'never',
    'as a string': String(claims[claim]),
    negative: -claims[claim],
    'a fraction': claims[claim] + 0.5,
    huge: 1e300,
    'beyond whole numbers': 2 ** 53,
    'the word NaN': 'NaN',
    'the word Infinity': 'Infinity',
  })
    .map(([how, value]) => [`${claim} ${how}`, forge({ [claim]: value })]))
  const ids = ['sub', 'jti'].flatMap(claim => Object.entries({
    'a number': 7,
    zero: 0,
    'in capitals': claims[claim].toUpperCase(),
    'no id': 'ada',
    'with NUL': `${claims[claim]}\0`,
    'with a space': ` ${claims[claim]}`,
    'with SQL': "' OR true --",
    'of nobody': randomUUID(),
    'of another person': others[claim],
  })
    .map(([how, value]) => [`${claim} ${how}`, forge({ [claim]: value })]))
  return {
    ...Object.fromEntries([...odd, ...times, ...ids]),
    expired: forge({ exp: inSeconds(-1) }),
    'expired in 1970': forge({ exp: 1 }),
    'not valid yet': forge({ nbf: inSeconds(600) }),
    'nbf as a string': forge({ nbf: String(inSeconds(-600)) }),
    'nbf null': forge({ nbf: null }),
    'a claim that is unknown': forge({ scope: 'admin' }),
    'another issuer': forge({ iss: 'https://accounts.google.com' }),
    'issuer in capitals': forge({ iss: 'Convo' }),
    'another audience': forge({ aud: 'another' }),
    'our audience and another': forge({ aud: ['convo', 'another'] }),
    'another audience that begins with ours': forge({ aud: 'convo.example' }),
    'sub twice, good last': sealText(
      JSON.stringify(header), JSON.stringify(claims).replace('{', `{"sub":"${other.id}",`), secret
    ),
    'sub twice, good first': sealText(
      JSON.stringify(header), JSON.stringify(claims).replace(/}$/, `,"sub":"${other.id}"}`), secret
    ),
    'exp twice, good first': sealText(
      JSON.stringify(header), JSON.stringify(claims).replace(/}$/, ',"exp":1}'), secret
    ),
    'exp that only JSON can write': sealText(
      JSON.stringify(header), JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e999'), secret
    ),
  }
}

export function badTokens (loot: Loot): Tokens {
  return {
    ...badSeals(loot),
    ...badHeaders(loot),
    ...badClaims(loot),
    ...badSpellings(loot),
    ...flipped(loot),
    'an ID token': loot.idToken,
    'an ID token\'s claims, signed with the secret': makeToken({
      alg: 'HS256', typ: 'JWT',
    }, readToken(loot.idToken)[1], hmac(loot.secret)),
  }
}
