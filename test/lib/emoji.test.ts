import t from 'tap'
import { canonicalEmoji, withoutSkinTone } from '../../src/lib/emoji.ts'

t.test('an emoji has one spelling, whoever wrote it', async t => {
  const spellings: Array<[written: string, canonical: string]> = [
    ['👍', '👍'], ['👍\uFE0F', '👍'], ['❤', '❤\uFE0F'], ['❤\uFE0F', '❤\uFE0F'], ['☕\uFE0F', '☕'], ['☝🏽', '☝🏽'],
    ['☝\uFE0F🏽', '☝🏽'], ['1\u20E3', '1\uFE0F\u20E3'], ['👩\u200D❤\u200D👨', '👩\u200D❤\uFE0F\u200D👨'],
    ['🇩🇪', '🇩🇪'],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'], ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦'],
  ]
  for (const [written, canonical] of spellings) {
    t.equal(canonicalEmoji(written), canonical, written)
    t.equal(canonicalEmoji(canonical), canonical)
  }
})

t.test('nothing else is one', async t => {
  for (const text of [
    '', 'a', '1', '#', '👍👍', '👍 ', ' 👍', '👍x', '\uFE0F', '\u200D', '🏽🏽', '🇩', '❤\u200D', ':+1:', '\uD83D',
  ]) {
    t.equal(canonicalEmoji(text), undefined, JSON.stringify(text))
  }
})

t.test('without skin tones it is an emoji again, of two people too', async t => {
  const pairs: Array<[toned: string, bare: string]> = [
    ['👍', '👍'], ['👍🏿', '👍'], ['☝🏽', '☝\uFE0F'], ['🧑🏽‍🚀', '🧑‍🚀'], ['👩🏽‍❤️‍👨🏻', '👩‍❤️‍👨'],
    ['🧑🏽‍❤️‍💋‍🧑🏿', '💏'],
    ['👩🏻‍🤝‍👨🏿', '👫'], ['🫱🏻‍🫲🏿', '🤝'], ['🧑🏻‍🤝‍🧑🏿', '🧑‍🤝‍🧑'],
  ]
  for (const [toned, bare] of pairs) {
    t.equal(withoutSkinTone(canonicalEmoji(toned)!), bare)
    t.equal(canonicalEmoji(bare), bare)
  }
})
