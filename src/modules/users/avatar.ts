import { charactersOf } from '../../lib/names.ts'

/** Letters with a form that only begins words, by their lower-case form: `ǅ` for `ǆ`, `ᾼ` for `ᾳ`. */
const titleForms = new Map(Array.from({ length: 0x2000 }, (_, code) => String.fromCharCode(code))
  .filter(letter => /\p{Lt}/u.test(letter)).map(letter => [letter.toLowerCase(), letter]))

/** The first letters of the first and the last word, as words begin: at most two characters of any script. */
export function initialsOf (name: string): string {
  const words = name.trim().split(/\s+/u)
  const chosen = words.length > 1 ? [words[0]!, words.at(-1)!] : words
  return chosen.map(initialOf).join('')
}

/** A letter or digit, or else an emoji or flag, or else whatever there is: each as people count characters. */
function initialOf (word: string): string {
  const characters = charactersOf(word)
  const first = characters.find(character => /^[\p{L}\p{N}]/u.test(character)) ??
    characters.find(character => /^[\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(character)) ??
    characters[0] ?? ''
  const [letter = '', ...marks] = first
  return toTitleCase(letter) + marks.join('')
}

/** Unlike upper case it is the same letter: Georgian has none, and writes capitals only in words of capitals. */
function toTitleCase (letter: string): string {
  if (!/\p{Changes_When_Titlecased}/u.test(letter)) return letter
  // Upper case may be several: 'ß' is 'SS', 'ŉ' is 'ʼN'.
  const upper = letter.toUpperCase()
  return titleForms.get(letter.toLowerCase()) ?? (/\p{Lu}/u.exec(upper) ?? [...upper])[0]!
}

/** A background for initials that white letters are readable on; the same seed gives the same colour. */
export function avatarColorOf (seed: string): string {
  let hash = 0
  for (const character of seed) hash = (hash * 31 + character.codePointAt(0)!) % 360
  return `hsl(${hash}, 65%, 45%)`
}
