/** The first letters of the first and the last word, upper-case: at most two characters of any script. */
export function initialsOf (name: string): string {
  const words = name.trim().split(/\s+/u)
  const chosen = words.length > 1 ? [words[0]!, words.at(-1)!] : words
  return chosen.map(firstLetter).join('')
}

// By code points, since a UTF-16 unit may be half a character; upper-casing may yield two ('ß' → 'SS').
function firstLetter (word: string): string {
  const [first = ''] = word.match(/\p{L}|\p{N}/u) ?? [...word]
  return [...first.toLocaleUpperCase('en')][0] ?? ''
}

/** A background for initials that white letters are readable on; the same seed gives the same colour. */
export function avatarColorOf (seed: string): string {
  let hash = 0
  for (const character of seed) hash = (hash * 31 + character.codePointAt(0)!) % 360
  return `hsl(${hash}, 65%, 45%)`
}
