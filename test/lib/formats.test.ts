import t, { type Test } from 'tap'
import { formats, splitList } from '../../src/lib/formats.ts'

function accepts (t: Test, name: string, good: string[], bad: string[]) {
  for (const value of good) t.equal(formats[name]!(value), true, `takes ${JSON.stringify(value)}`)
  for (const value of bad) t.equal(formats[name]!(value), false, `refuses ${JSON.stringify(value)}`)
}

t.test('a uuid is one in the usual notation, of either case', async t => {
  accepts(t, 'uuid',
    ['01980000-0000-7000-8000-000000000001', 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF'],
    [
      '', '01980000000070008000000000000001', '{01980000-0000-7000-8000-000000000001}',
      '01980000-0000-7000-8000-00000000000g', '01980000-0000-7000-8000-000000000001\n',
    ])
})

t.test('text is what PostgreSQL can hold', async t => {
  accepts(t, 'text', ['', 'Grüße', '👩‍🚀', '\u0001\n\t'], ['a\0b', '\ud800', 'a\udc00b'])
})

t.test('text that is not blank has something to see', async t => {
  accepts(t, 'not-blank', ['a', ' a ', '\u200b😀'], [
    '', ' \n\t', '\u00a0\u2003', '\u2800', '\u3164\u200b', '\ufe0f', 'a\0', 'a\ud800',
  ])
})

t.test('a time is one that can be read', async t => {
  accepts(t, 'date-time', ['2026-11-23T12:00:00.000Z'], ['', 'yesterday', '2026-13-01T00:00:00Z'])
})

t.test('a list has entries without spaces in them', async t => {
  accepts(t, 'list', ['a', ' a, b ,'], ['', ',', ' ', 'a b', 'a,b c'])
})

t.test('origins are a list of them', async t => {
  accepts(t, 'origins',
    ['https://chat.example.com', 'http://a.example, capacitor://localhost,'],
    ['', ',', ' ', '*', 'http://a.example,nonsense', 'http://a.example,https://*.example'])
})

t.test('a public address is one, with a path or without', async t => {
  accepts(t, 'public-url', ['https://chat.example.com', 'https://example.com/chat/'], [
    'chat.example.com', 'https://example.com/chat?x', 'https://a.example,https://b.example',
  ])
})

t.test('networks are addresses, alone or with a length', async t => {
  accepts(t, 'networks',
    ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/128', '10.0.0.0/0, 192.168.0.1'],
    [
      '', ' ', 'localhost', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/1e1',
      '10.0.0', '127.0.0.1,x',
    ])
})

t.test('a list is split at commas, without spaces and empty entries', async t => {
  t.same(splitList(' a, b ,,c,'), ['a', 'b', 'c'])
  t.same(splitList(''), [])
})
