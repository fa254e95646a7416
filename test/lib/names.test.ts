import t from 'tap'
import { isName, nameIn, normalizeName } from '../../src/lib/names.ts'

const family = '👨‍👩‍👧'
const england = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'

t.test('names of all scripts are names, emoji and what joins their parts included', t => {
  const names = [
    'Ada', ' Ada ', 'Ада', '愛', 'עדה', 'می\u200cخواهم', 'क्\u200dष', 'e\u0301', family,
    '👩🏽‍🚀', '❤️‍🔥', england, '7', '!', 'O’Neill',
  ]
  for (const name of names) t.ok(isName(name, 100), JSON.stringify(name))
  t.end()
})

t.test('what nobody can see is in no name', t => {
  const unseen = [
    '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u202a', '\u202e', '\u2060', '\u2066', '\u2069', '\u061c',
    '\ufeff', '\u00ad', '\u180e', '\0', '\n', '\t', '\u0085', '\u2028', '\u3164', '\u115f', '\u2800', '\u{e0041}',
  ]
  for (const character of unseen) {
    t.notOk(isName(`A${character}da`, 100), character.codePointAt(0)!.toString(16))
    t.equal(nameIn(`A${character}da`, 100), 'Ada')
    t.notOk(isName(character, 100))
    t.equal(nameIn(character, 100), '')
  }
  for (const nothing of ['', ' ', '\u00a0', '\ufe0f', '\u0301', '\ud800', 'a\udc00']) t.notOk(isName(nothing, 100))
  t.notOk(isName(`${family[0]}${family[1]}\u200d`, 100), 'a joiner that joins nothing')
  t.end()
})

t.test('characters are counted as people count them', t => {
  t.ok(isName(family.repeat(8), 10))
  t.ok(isName('e\u0301x'.repeat(50), 100))
  t.notOk(isName('e\u0301x'.repeat(51), 100))
  t.notOk(isName('a'.repeat(11), 10))
  t.notOk(isName(england.repeat(10), 10), 'though not without end')
  t.notOk(isName(`Z${'\u0301'.repeat(31)}`, 100), 'nor one upon the other')
  t.end()
})

t.test('what looks the same is stored the same', t => {
  t.equal(normalizeName(' Ame\u0301lie '), 'Amélie')
  t.end()
})

t.test('the name in a text from elsewhere ends between two characters', t => {
  t.equal(nameIn(` ${family.repeat(11)}`, 10), family.repeat(8))
  t.equal(nameIn('ab cd', 3), 'ab')
  t.equal(nameIn(england.repeat(10), 10), england.repeat(5))
  t.equal(nameIn('Ada\ud800', 10), 'Ada\ufffd')
  t.equal(nameIn('می\u200cخواهم', 10), 'می\u200cخواهم')
  t.equal(nameIn(`Z${'\u0301'.repeat(40)}`, 10), '')
  t.end()
})
