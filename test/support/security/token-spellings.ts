/** Ways to write what is no token, or a good one otherwise than this server writes it. */
import type { Person } from '../server.ts'
import { hmac, makeToken, readToken } from '../modules/auth.ts'

export const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64url')

/** Signed with the secret, whatever it says. */
export function sealText (header: string, claims: string | Buffer, secret: string): string {
  const unsigned = `${base64(header)}.${base64(claims)}`
  return `${unsigned}.${hmac(secret)(unsigned).toString('base64url')}`
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Another base64 of the same bytes: what its last character has beyond them is changed, or one added that
 * makes no byte.
 */
function respell (part: string, bits = 1): string {
  if (part.length % 4 === 0) return `${part}A`
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) ^ bits]
}

/**
 * JSON and base64 that are no token, or a good one written in another way; signed with the secret where that
 * can be.
 */
export function badSpellings ({ own, secret }: { own: Person, secret: string }): Record<string, string> {
  const [header, claims] = readToken(own.token)
  const [head, body, signature] = own.token.split('.') as [string, string, string]
  const text = JSON.stringify(claims)
  const seal = (claims: string | Buffer) => sealText(JSON.stringify(header), claims, secret)
  // One in whose parts there is a difference between the two alphabets.
  const mixed = Array.from(
    { length: 500 }, (_, i) => makeToken(header, { ...claims, exp: claims.exp - i }, hmac(secret))
  ).find(token => /[-_]/.test(token.split('.')[2]!))!
  const sealParts = (head: string, body: string) =>
    `${head}.${body}.${hmac(secret)(`${head}.${body}`).toString('base64url')}`
  const endings = [1, 2, 3].map(
    bits => [`signature with other spare bits (${bits})`, `${head}.${body}.${respell(signature, bits)}`]
  )
  return {
    ...Object.fromEntries(endings),
    'alphabet of base64': mixed.replaceAll('-', '+').replaceAll('_', '/'),
    'padding after the signature': `${own.token}=`,
    'padding after the header': `${head}=.${body}.${signature}`,
    'padding after the claims': `${head}.${body}==.${signature}`,
    'characters after the signature': `${own.token}AA`,
    'claims with other spare bits, signed': sealParts(head, respell(body)),
    'claims with spaces, signed': seal(JSON.stringify(claims, null, 1)),
    'claims with escapes, signed': seal(text.replace('"sub"', '"\\u0073ub"')),
    'claims with a look-alike, signed': seal(text.replace('"sub"', '"ѕub"')),
    'claims after a byte order mark, signed': seal(`\uFEFF${text}`),
    'claims that are no UTF-8, signed': seal(
      Buffer.concat([
        Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}'),
      ])
    ),
    'claims with a prototype, signed': seal(text.replace('{', '{"__proto__":{"admin":true},')),
    'claims in a prototype, signed': seal(`{"__proto__":${text}}`),
    'claims cut short, signed': seal(text.slice(0, -1)),
    'claims twice, signed': seal(`${text}${text}`),
    'claims in a list, signed': seal(`[${text}]`),
    'claims in words, signed': seal(JSON.stringify(text)),
    'claims null, signed': seal('null'),
    'claims a number, signed': seal('7'),
    'claims empty, signed': seal(''),
    'a header that is null, signed': sealText('null', text, secret),
    'a header in a list, signed': sealText(`[${JSON.stringify(header)}]`, text, secret),
    'a header that is no JSON, signed': sealText('HS256', text, secret),
    nothing: '',
    'one part': head,
    'two parts': `${head}.${body}`,
    'two parts and a dot': `${head}.${body}.`,
    'four parts': `${own.token}.${signature}`,
    'five parts, as of an encrypted one': `${head}..${signature}.${body}.${signature}`,
    'two tokens': `${own.token}.${own.token}`,
    'no header': `.${body}.${signature}`,
    'no claims': `${head}..${signature}`,
    'dots alone': '..',
    'header and claims exchanged': `${body}.${head}.${signature}`,
    garbage: 'garbage',
    'garbage in three parts': 'a.b.c',
    'a word of programs': 'undefined',
    'JSON instead': JSON.stringify({ protected: head, payload: body, signature }),
    'a space in it': `${head}. ${body}.${signature}`,
    'a space after it': `${own.token} x`,
    'a tab in it': `${head}.\t${body}.${signature}`,
    'in quotes': `"${own.token}"`,
    'with its scheme': `Bearer ${own.token}`,
    'unicode in it': `${head}.${body}é.${signature}`,
    'escaped as in an address': own.token.replaceAll('.', '%2E'),
    'in capitals': own.token.toUpperCase(),
    '10 kB of signature': `${head}.${body}.${'A'.repeat(10_000)}`,
    '10 kB of dots': '.'.repeat(10_000),
    '10 kB of brackets, signed': seal('['.repeat(5_000)),
  }
}

/** A good token with one character changed: its first, middle and last in each part. */
export function flipped ({ own }: { own: Person }): Record<string, string> {
  const parts = own.token.split('.')
  return Object.fromEntries(['header', 'claims', 'signature'].flatMap((name, i) => {
    const part = parts[i]!
    const places = { first: 0, 'one in the middle': part.length >> 1, last: part.length - 1 }
    return Object.entries(places).map(
      ([which, at]) => [`${name} with another character: the ${which}`, parts.with(i, flip(part, at)).join('.')]
    )
  }))
}

/** The text with another character at that place, of those that a token may have. */
export const flip = (text: string, at: number) =>
  `${text.slice(0, at)}${text[at] === 'Q' ? 'g' : 'Q'}${text.slice(at + 1)}`
