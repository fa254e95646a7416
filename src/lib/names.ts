import { nothing } from './visible.ts'

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Code points that a name may take for each character that people count: accents, skin tones, families. */
export const codePointsPerCharacter = 4
/**
 * A single character of more is not writing any more: stream-safe text has at most 30 marks in a row (Unicode
 * Standard Annex 15).
 */
const longestCharacter = 30

/** The characters of a text as people count them: grapheme clusters (Unicode Standard Annex 29). */
export const charactersOf = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment)
const codePoints = (text: string) => [...text].length

// Spaces, and what chooses the form of the character before it, belong to names.
const unseen = `[${nothing}--[\\p{Zs}\\p{Variation_Selector}]]`
const joiningScripts = [
  'Arab', 'Beng', 'Deva', 'Gujr', 'Guru', 'Khmr', 'Knda', 'Mlym', 'Mong', 'Mymr', 'Orya', 'Sinh', 'Syrc', 'Taml',
  'Telu',
]
const joiningScript = `[${joiningScripts.map(script => `\\p{scx=${script}}`).join('')}]`
/**
 * Where they are part of how something is written: emoji of several parts, regional flags, letters that are
 * joined or kept apart.
 */
const meaningful = [
  '(?<=\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?)\\u200D(?=\\p{Extended_Pictographic})',
  '(?<=\\u{1F3F4})[\\u{E0020}-\\u{E007E}]+\\u{E007F}',
  `(?<=${joiningScript})[\\u200C\\u200D](?=${joiningScript})`,
].join('|')
const unseenOrMeaningful = new RegExp(`(${meaningful})|${unseen}`, 'gv')
/** An accent alone is a mark on nothing. */
const written = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * As a name is stored: in Unicode's composed form, so that what looks the same is the same, without space
 * around it.
 */
export const normalizeName = (name: string) => name.normalize('NFC').trim()

const withoutUnseen = (name: string) => name.replace(unseenOrMeaningful, (_match, kept: string = '') => kept)

function fits (name: string, maxCharacters: number): boolean {
  const characters = charactersOf(name)
  return characters.length <= maxCharacters && codePoints(name) <= maxCharacters * codePointsPerCharacter &&
    characters.every(character => codePoints(character) <= longestCharacter)
}

/** Whether people can see all of it, and it has at most so many characters. */
export function isName (value: string, maxCharacters: number): boolean {
  const name = normalizeName(value)
  return name.isWellFormed() && written.test(name) && withoutUnseen(name) === name && fits(name, maxCharacters)
}

/** The name in a text from elsewhere: its beginning, without what people cannot see. Empty if there is none. */
export function nameIn (text: string, maxCharacters: number): string {
  const name = normalizeName(withoutUnseen(text.toWellFormed()))
  const characters = charactersOf(name).slice(0, maxCharacters)
  while (!fits(characters.join(''), maxCharacters)) characters.pop()
  const cut = characters.join('').trim()
  return written.test(cut) ? cut : ''
}
