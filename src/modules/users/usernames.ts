import { randomInt } from 'node:crypto'
import transliterate from '@sindresorhus/transliterate'

/** Who has one of these seems to speak for the server, or to be a word of its clients. */
const reserved = new Set([
  'abuse', 'admin', 'administrator', 'administrators', 'admins', 'all', 'anonymous', 'bot', 'contact', 'convo',
  'deleted', 'everybody', 'everyone', 'help', 'helpdesk', 'here', 'hostmaster', 'info', 'me', 'mod', 'moderation',
  'moderator', 'moderators', 'mods', 'nobody', 'noreply', 'null', 'official', 'operator', 'owner', 'postmaster',
  'privacy', 'root', 'safety', 'security', 'staff', 'superuser', 'support', 'sysadmin', 'system', 'undefined',
  'verified', 'webmaster',
])

/** Whether nobody is given a username, whatever dots and underscores are in it. Who has it keeps it. */
export const isReserved = (username: string) => reserved.has(username.replace(/[._]/g, ''))

/** Lower-case ASCII from a name; if that is reserved, or from the second attempt on, with ever more random digits. */
export function usernameFor (name: string, attempt: number): string {
  const ascii = transliterate(name.normalize('NFKC')).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
    .replace(/[^a-z0-9]+/g, '.').replace(/^\.+|\.+$/g, '')
  const base = (ascii.length < 3 ? `user.${ascii}` : ascii).slice(0, 20).replace(/\.+$/, '')
  if (attempt === 0 && !isReserved(base)) return base
  const digits = Math.min(3 + attempt, 9)
  return `${base}${String(randomInt(10 ** digits)).padStart(digits, '0')}`
}
