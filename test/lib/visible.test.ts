import t from 'tap'
import { isVisible } from '../../src/lib/visible.ts'

const blanks: Record<string, string> = {
  nothing: '',
  spaces: ' \n\t\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000',
  controls: '\0\u0007\u001b\u007f\u0085',
  'what is of no width': '\u200b\u200c\u200d\u2060\ufeff\u180e\u034f',
  'soft hyphens': '\u00ad',
  'what turns the direction': '\u200e\u200f\u202a\u202e\u2066\u2069\u061c',
  'invisible operators': '\u2061\u2062\u2063\u2064',
  'notes between lines': '\ufff9\ufffa\ufffb',
  'an empty Braille cell': '\u2800',
  'Hangul fillers': '\u115f\u1160\u3164\uffa0',
  'Khmer vowels that are not written': '\u17b4\u17b5',
  'Mongolian selectors': '\u180b\u180c\u180d\u180f',
  'variation selectors': '\ufe00\ufe0e\ufe0f\u{e0100}\u{e01ef}',
  tags: '\u{e0001}\u{e0041}\u{e007f}',
  'what is kept for more of them': '\u2065\ufff0\u{e0fff}',
  'musical beams and a note without a head': '\u{1d173}\u{1d17a}\u{1d159}',
  'blank hieroglyphs': '\u{13441}\u{13442}\u{13430}',
  'shorthand controls': '\u{1bca0}\u{1bca3}',
}

t.test('what looks like nothing is not visible, alone or together', async t => {
  for (const [what, text] of Object.entries(blanks)) {
    t.equal(isVisible(text), false, what)
    for (const character of text) t.equal(isVisible(character), false, character.codePointAt(0)!.toString(16))
  }
  t.equal(isVisible(Object.values(blanks).join('')), false)
})

t.test('a single character that is seen makes it visible', async t => {
  const seen = [
    'a', '.', '7', '李', 'ا', 'ক', '\u2801', '😀', '❤️', '👨‍👩‍👧', '🇩🇪', '1️⃣', '\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}',
    '\u0301', '\u06dd', '\uf8ff', '\u{1fc00}',
  ]
  for (const text of seen) {
    t.ok(isVisible(text), text)
    t.ok(isVisible(Object.values(blanks).join(text)), `${text} among blanks`)
  }
})
