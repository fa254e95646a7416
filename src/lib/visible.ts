// Blanks that Unicode takes for letters and symbols: an empty Braille cell, hieroglyphs, a note without a head.
const blanks = '\\u2800\\u{13441}\\u{13442}\\u{1D159}'
// Format characters that are drawn nevertheless, around the digits that follow.
const drawn = '\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}'

/**
 * A class of what looks like nothing, for regular expressions with the flag `v`: spaces, controls, what is of no
 * width or only turns the direction of writing, blanks.
 */
export const nothing = `[[\\p{Z}\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}${blanks}]--[${drawn}]]`

const something = new RegExp(`[^${nothing}]`, 'v')

/** Whether there is something to see in a text. */
export const isVisible = (text: string): boolean => something.test(text)
