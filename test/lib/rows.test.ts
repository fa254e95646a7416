import t from 'tap'
import { cutPage, toIso, toIsoOrNull } from '../../src/lib/rows.ts'

t.test('times are ISO 8601 in UTC with milliseconds, in any time zone of PostgreSQL, in rows as in JSON', async t => {
  t.equal(toIso('2026-11-23 12:00:00.12+00'), '2026-11-23T12:00:00.120Z')
  t.equal(toIso('2026-11-23T12:00:00.5+00:00'), '2026-11-23T12:00:00.500Z')
  t.equal(toIso('2026-11-23 13:00:00.5+01'), '2026-11-23T12:00:00.500Z')
  t.equal(toIsoOrNull('2026-11-23 12:00:00+00'), '2026-11-23T12:00:00.000Z')
  t.equal(toIsoOrNull(null), null)
})

t.test('the row too many is cut off and says that there are more', async t => {
  t.same(cutPage([1, 2, 3], 2), { rows: [1, 2], hasMore: true })
  t.same(cutPage([1, 2], 2), { rows: [1, 2], hasMore: false })
  t.same(cutPage([], 2), { rows: [], hasMore: false })
})
