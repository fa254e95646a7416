import { isIP } from 'node:net'
import type { Ajv } from 'ajv'
import { canonicalEmoji } from './emoji.ts'
import { isName } from './names.ts'
import { isOrigin, isPublicUrl } from './origins.ts'
import { isVisible } from './visible.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function isNetwork (value: string): boolean {
  const [address, bits, ...rest] = value.split('/')
  const version = isIP(address!)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** The non-empty entries of a comma-separated list. */
export function splitList (value: string): string[] {
  return value.split(',').map(entry => entry.trim()).filter(Boolean)
}

function listOf (accepts: (entry: string) => boolean) {
  return (value: string) => {
    const entries = splitList(value)
    return entries.length > 0 && entries.every(accepts)
  }
}

/** The string formats that Convo's schemas name, each accepting what it names and nothing more. */
export const formats: Record<string, (value: string) => boolean> = {
  uuid: value => uuid.test(value),
  // PostgreSQL stores neither NUL nor lone surrogates; JSON can carry both.
  text: value => value.isWellFormed() && !value.includes('\0'),
  'not-blank': value => isVisible(value) && formats.text!(value),
  name: value => isName(value, 100),
  icon: value => isName(value, 10),
  emoji: value => canonicalEmoji(value) !== undefined,
  'date-time': value => !Number.isNaN(Date.parse(value)),
  url: value => URL.canParse(value),
  list: listOf(entry => !/\s/.test(entry)),
  origins: listOf(isOrigin),
  'public-url': isPublicUrl,
  networks: listOf(isNetwork),
}

export function addFormats (ajv: Ajv): Ajv {
  for (const [name, validate] of Object.entries(formats)) ajv.addFormat(name, validate)
  return ajv
}
