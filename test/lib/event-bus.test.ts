import t from 'tap'
import { createEventBus } from '../../src/lib/event-bus.ts'

interface Facts { 'tea.served': { cups: number }, 'tea.spilled': { where: string } }

t.test('an event bus', async t => {
  const failures: Array<{ error: unknown, name: string }> = []
  const bus = createEventBus<Facts>((error, name) => failures.push({ error, name }))

  t.test('is silent when nobody listens', async () => {
    bus.emit('tea.spilled', { where: 'nowhere' })
  })

  t.test('tells every listener of that name, in order, before emit returns', async t => {
    const heard: string[] = []
    bus.on('tea.served', ({ cups }) => heard.push(`first ${cups}`))
    bus.on('tea.served', ({ cups }) => heard.push(`second ${cups}`))
    bus.on('tea.spilled', () => heard.push('spilled'))
    bus.emit('tea.served', { cups: 2 })
    t.same(heard, ['first 2', 'second 2'])
  })

  t.test('keeps a listener that throws from the emitter and from the other listeners', async t => {
    const fault = new Error('hot')
    let laterHeard = false
    bus.on('tea.spilled', () => { throw fault })
    bus.on('tea.spilled', () => { laterHeard = true })
    t.doesNotThrow(() => bus.emit('tea.spilled', { where: 'carpet' }))
    t.ok(laterHeard)
    t.equal(failures[0]?.error, fault)
    t.equal(failures[0]?.name, 'tea.spilled')
  })
})
