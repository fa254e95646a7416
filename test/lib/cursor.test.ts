import t from 'tap'
import { decodeCursor, encodeCursor } from '../../src/lib/cursor.ts'

const any = () => true
const digits = (part: string) => /^\d+$/.test(part)
const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

t.test('a cursor gives back the key it was made from', async t => {
  const key = ['Zoë "the" \\ astronaut 👩‍🚀', '42']
  const cursor = encodeCursor(key)
  t.match(cursor, /^[\w-]+$/, 'it can stand in an address as it is')
  t.same(decodeCursor(cursor, [any, digits]), key)
})

t.test('what is no cursor of this list is none', async t => {
  const accepts = [any, digits]
  const wrong = {
    'not base64': '§§§',
    'not JSON': Buffer.from('{').toString('base64url'),
    empty: '',
    'no list': cursorOf({ 0: 'a', 1: '1', length: 2 }),
    null: cursorOf(null),
    'too short': cursorOf(['a']),
    'too long': cursorOf(['a', '1', '2']),
    'of numbers': cursorOf(['a', 1]),
    'of lists': cursorOf(['a', ['1']]),
    'with a part that does not fit': cursorOf(['a', 'b']),
  }
  for (const [what, cursor] of Object.entries(wrong)) t.equal(decodeCursor(cursor, accepts), undefined, what)
})
