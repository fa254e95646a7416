// What compatibility (NFKC) would make a space and an accent of.
const apostrophesOfGreek = /[´΄᾽᾿῾´]/gu

/** What people type for one another, or cannot type at all: one spelling of each. */
const spellings: Array<[RegExp, string]> = [
  [/[’‘‛`ʹʻʼʽʾʿˈ′‵׳՚ꞌ]/gu, "'"],
  [/[“”„‟«»״]/gu, '"'],
  [/[\p{Pd}\u2212\u2043\u02D7]/gu, '-'],
]

// Where a mark is an accent, or a vowel that may be left out; and the dot that makes one Indic letter of another.
const accent = /[[\p{M}&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}]]--[\u3099\u309A]]/gv
const nukta = /[\u093C\u09BC\u0A3C\u0ABC\u0B3C\u0C3C\u0CBC]/gu
const unseen = /\p{Default_Ignorable_Code_Point}/gu

/** Letters that are no accented ones to Unicode, and those that only fonts or keyboards tell apart. */
const letters: Record<string, string> = {
  ß: 'ss',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŧ: 't',
  þ: 'th',
  ŋ: 'n',
  ς: 'σ',
  ی: 'ي',
  ى: 'ي',
  ک: 'ك',
  ة: 'ه',
  ہ: 'ه',
  ـ: '',
}
const letter = new RegExp(`[${Object.keys(letters).join('')}]`, 'gu')

/**
 * A text as searches compare it, for whatever is searched: without case, accents, and differences that people do not
 * type. Where marks are vowels or voices, as in Indic scripts and kana, they stay.
 */
export function fold (text: string): string {
  let folded = text.replace(apostrophesOfGreek, "'").normalize('NFKC').toLowerCase().normalize('NFKD')
  for (const [spelling, one] of spellings) folded = folded.replace(spelling, one)
  return folded.replace(accent, '').replace(nukta, '').replace(unseen, '')
    .replace(letter, found => letters[found]!).normalize('NFC').replace(/\s+/g, ' ').trim()
}

/** A pattern for LIKE for each word of a search: each is to be found somewhere. No word is found in everything. */
export function wordPatterns (search: string): string[] {
  const words = new Set(fold(search).split(' ').filter(Boolean))
  return [...words].map(word => `%${word.replace(/[\\%_]/g, '\\$&')}%`)
}
