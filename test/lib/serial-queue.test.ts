import t from 'tap'
import { createSerialQueue } from '../../src/lib/serial-queue.ts'

const away = () => new Error('Query read timeout')

t.test('tasks that wait when one finds the database away fail with it, untried', async t => {
  const line = createSerialQueue()
  const tried: string[] = []
  const { promise: answer, reject } = Promise.withResolvers<string>()
  const results = [
    line.run(() => answer),
    line.run(async () => { tried.push('second') }),
    line.run(async () => { tried.push('third') }),
  ]
  t.equal(line.length, 3)
  const fault = away()
  reject(fault)
  for (const result of results) t.equal(await result.catch(error => error), fault)
  t.same(tried, [])
  t.equal(line.length, 0)

  t.equal(await line.run(async () => 'fourth'), 'fourth', 'what comes later is tried')
})

t.test('no other failure is of concern to those behind it', async t => {
  const line = createSerialQueue()
  const results = [line.run(async () => { throw new Error('no') }), line.run(async () => 'yes')]
  await t.rejects(results[0]!, { message: 'no' })
  t.equal(await results[1], 'yes')
})
