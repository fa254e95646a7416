import t from 'tap'
import { uuid } from '../../client/src/uuid.ts'

t.test('each is another one of version 4', async t => {
  const made = Array.from({ length: 1_000 }, uuid)
  t.equal(new Set(made).size, 1_000)
  for (const id of made) t.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})
