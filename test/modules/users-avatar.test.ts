import t from 'tap'
import { avatarColorOf, initialsOf } from '../../src/modules/users/avatar.ts'

t.test('initials are the first letters of the first and the last word, as words begin', async t => {
  const expected: Record<string, string> = {
    Ada: 'A',
    'ada lovelace': 'AL',
    'Ada Augusta King Lovelace': 'AL',
    '  Ada \t\n Lovelace  ': 'AL',
    'Ada\u00a0Lovelace': 'AL',
    '"Ada" (Lovelace)': 'AL',
    'ß straße': 'SS',
    ß: 'S',
    ﬁn: 'F',
    'éva árpád': 'ÉÁ',
    'e\u0301va a': 'E\u0301A',
    ǆ: 'ǅ',
    'Ǆ ǉ': 'ǅǈ',
    ᾳ: 'ᾼ',
    'ŉ և': 'NԵ',
    'ⓐ ⅷ': 'ⒶⅧ',
    'محمد علي': 'مع',
    'Анна Каренина': 'АК',
    'გიორგი ჭავჭავაძე': 'გჭ',
    ᲐᲓᲐ: 'Ა',
    李小龍: '李',
    '李 小龍': '李小',
    '𠮷野 家': '𠮷家',
    '𐐨 𐐨': '𐐀𐐀',
    '7 of 9': '79',
    '٣': '٣',
    '😀': '😀',
    '😀 👩‍💻': '😀👩‍💻',
    '🇩🇪 👨‍👩‍👧‍👦': '🇩🇪👨‍👩‍👧‍👦',
    '"🇩🇪" 1️⃣': '🇩🇪1️⃣',
    'm\u0302ala क्षमा': 'M\u0302क्ष',
    '😀Ada': 'A',
    '...': '.',
    '- Ada': '-A',
    '\u0301': '\u0301',
    '': '',
    '   ': '',
  }
  for (const [name, initials] of Object.entries(expected)) t.equal(initialsOf(name), initials, name)
})

t.test('they are never more than two characters as people count them, none of them cut', async t => {
  const segmenter = new Intl.Segmenter('und')
  const names = ['ŉ ŉ', 'ﬃ ﬃ', 'ΐ ΰ', '👨‍👩‍👧‍👦 🇩🇪', '𝒜𝒷 𝒞', 'İ i', `Z${'\u0301'.repeat(29)} Z${'\u0301'.repeat(29)}`]
  for (const name of names) {
    const initials = initialsOf(name)
    t.equal([...segmenter.segment(initials)].length, 2, name)
    t.ok([...initials].length <= 60, 'and they fit their column')
    t.ok(initials.isWellFormed(), name)
  }
})

t.test('a colour is the same for the same seed, fits its column, and differs between people', async t => {
  const seeds = ['', '1', '2', '110169484474386276334', '😀', 'x'.repeat(10_000)]
  for (const seed of seeds) {
    const color = avatarColorOf(seed)
    t.equal(color, avatarColorOf(seed))
    const [, hue] = /^hsl\((\d{1,3}), 65%, 45%\)$/.exec(color)!
    t.ok(Number(hue) < 360)
    t.ok(color.length <= 20)
  }
  const colors = new Set(Array.from({ length: 200 }, (_, i) => avatarColorOf(`person ${i}`)))
  t.ok(colors.size > 50)
})
