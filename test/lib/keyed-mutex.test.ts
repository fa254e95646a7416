import t from 'tap'
import { createKeyedMutex } from '../../src/lib/keyed-mutex.ts'

t.test('tasks of one key run one after the other, in the order of the calls', async t => {
  const run = createKeyedMutex()
  const steps: string[] = []
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const first = run('ada', async () => {
    steps.push('first begins')
    await gate
    steps.push('first ends')
    return 1
  })
  const second = run('ada', async () => {
    steps.push('second')
    return 2
  })
  t.equal(await run('bob', async () => 3), 3, 'another key does not wait')
  t.same(steps, ['first begins'])
  open()
  t.same(await Promise.all([first, second]), [1, 2])
  t.same(steps, ['first begins', 'first ends', 'second'])
})

t.test('a task that fails tells its caller and does not stop the next', async t => {
  const run = createKeyedMutex()
  const failing = run('ada', async () => { throw new Error('no') })
  const next = run('ada', async () => 'yes')
  await t.rejects(failing, { message: 'no' })
  t.equal(await next, 'yes')
  t.equal(await run('ada', async () => 'again'), 'again', 'a key can be used again after its queue ran empty')
})
