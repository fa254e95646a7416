import fc from 'fast-check'
import t from 'tap'
import { fold, wordPatterns } from '../../src/lib/fold.ts'

/** Spellings of the same, in ten scripts and more. */
const pairs: Array<[written: string, sought: string]> = [
  ['José García', 'jose garcia'],
  ['Straße', 'STRASSE'],
  ['STRAẞE', 'strasse'],
  ['Łukasz Wałęsa', 'lukasz walesa'],
  ['Đorđe', 'dorde'],
  ['Søren Ærø', 'soren aero'],
  ['Þóra Œuvre', 'thora oeuvre'],
  ['Işıl', 'isil'],
  ['İSTANBUL', 'istanbul'],
  ['ISPARTA', 'ısparta'],
  ['Nguyễn Ánh', 'nguyen anh'],
  ['Ame\u0301lie', 'amélie'],
  ['ﬃｘ Ｗｉｄｅ', 'ffix wide'],
  ['𝒜𝒹𝒶', 'ada'],
  ['O’Neill', "O'Neill"],
  ['Oʻahu ‘Ōlelo', "o'ahu 'olelo"],
  ['Niccolo´', "niccolo'"],
  ['Anne‐Marie – Claire', 'anne-marie - claire'],
  ['−5', '-5'],
  ['so\u00adft', 'soft'],
  ['“Ada”', '"ada"'],
  ['Οδυσσεύς', 'ΟΔΥΣΣΕΥΣ'],
  ['ΆΝΝΑ', 'αννα'],
  ['Ὀδυσσεύς', 'οδυσσευσ'],
  ['Пётр Щёголев', 'петр щеголев'],
  ['ЙОД', 'иод'],
  ['მზია', 'ᲛᲖᲘᲐ'],
  ['Հայկ', 'ՀԱՅԿ'],
  ['և', 'ԵՒ'],
  ['مُحَمَّد', 'محمد'],
  ['أحمد', 'احمد'],
  ['فاطمة', 'فاطمه'],
  ['محـــمد', 'محمد'],
  ['علی کریم', 'علي كريم'],
  ['می\u200cخواهم', 'میخواهم'],
  ['שָׁלוֹם', 'שלום'],
  ['צה״ל', 'צה"ל'],
  ['ג׳ורג׳', "ג'ורג'"],
  ['ज़फ़र', 'जफर'],
  ['क्\u200dष', 'क्ष'],
  ['ﾃｽﾄ', 'テスト'],
  ['ｶﾞ', 'ガ'],
  ['\u1112\u1161\u11ab', '한'],
  ['葛\u{e0100}城', '葛城'],
  ['❤️', '❤'],
  ['  Ada \t\u3000 King ', 'ada king'],
]

const different: Array<[string, string]> = [
  ['か', 'が'], ['カ', 'ガ'], ['कम', 'काम'], ['กิน', 'กัน'], ['가', '각'], ['ann', 'an n'], ['a-b', 'ab'], ['大', '太'],
  ['ა', 'ბ'], ['т', 'т7'], ['ば', 'ぱ'], ['கா', 'க'],
]

t.test('what people do not type apart folds to the same', async t => {
  t.ok(pairs.length >= 40)
  for (const [written, sought] of pairs) t.equal(fold(written), fold(sought), written)
})

t.test('and what are other words does not', async t => {
  for (const [one, other] of different) t.not(fold(one), fold(other), one)
})

t.test('what is folded stays as it is', async t => {
  for (const text of pairs.flat()) t.equal(fold(fold(text)), fold(text), text)
  const anything = fc.string({ unit: 'binary' }).map(text => text.toWellFormed())
  fc.assert(fc.property(anything, text => fold(fold(text)) === fold(text)), { numRuns: 2_000 })
})

t.test('a search is its words, each once, whose wildcards are ordinary characters', async t => {
  t.same(wordPatterns(' García \u3000José garcia'), ['%garcia%', '%jose%'])
  t.same(wordPatterns('50%_\\ ％'), ['%50\\%\\_\\\\%', '%\\%%'])
  t.same(wordPatterns('@Ada'), ['%@ada%'])
  for (const nothing of ['', ' \t', '\u200b']) t.same(wordPatterns(nothing), [])
})
