import t from 'tap'
import { Typing } from '../../client/src/typing.ts'
import { startServer } from '../support/server.ts'
import { connect, FakeClock, next, openPair, shows } from '../support/client/chats.ts'
import { createLine } from '../support/client/line.ts'

const server = await startServer(t)

function createTyping () {
  const clock = new FakeClock()
  const told: string[] = []
  const changed: string[] = []
  const typing = new Typing({
    clock, changed: id => { changed.push(id) }, emit: (name, id) => { told.push(`${name} ${id}`) },
  })
  return { clock, told, changed, typing }
}

t.test('who types is seen typing, and no more when they stop, or send, or are gone', async t => {
  const { ada, bob, id } = await openPair(server)
  const line = await createLine(t, server.url)
  const [writer, reader] = [await connect(t, ada, { url: line.url }), await connect(t, bob)]
  const isTyping = (is: boolean) => shows(reader, () => reader.conversation(id)!.typing.includes(ada.id) === is)
  writer.typing(id)
  await isTyping(true)
  writer.typing(id, false)
  await isTyping(false)
  writer.typing(id)
  await isTyping(true)
  await writer.send(id, { text: 'Hello' })
  await isTyping(false)
  writer.typing(id)
  await isTyping(true)
  line.cut()
  await isTyping(false)
  t.same(writer.conversation(id)!.typing, [], 'nobody sees themselves typing')
  writer.typing(id)
})

t.test('typing is told at most every 3 s, and its end 4 s after the last key', async t => {
  const { clock, told, typing } = createTyping()
  for (let i = 0; i < 10; i++) {
    typing.start('c')
    clock.pass(500)
  }
  t.same(told, ['typing:start c', 'typing:start c'])
  clock.pass(3_499)
  t.equal(told.length, 2)
  clock.pass(1)
  t.same(told.slice(2), ['typing:stop c'])
  typing.stop('c')
  t.equal(told.length, 3)
})

t.test('a message that is sent says itself that its writing is over', async t => {
  const { clock, told, typing } = createTyping()
  typing.start('c')
  typing.sent('c')
  clock.pass(10_000)
  t.same(told, ['typing:start c'])
})

t.test('of whom nothing is heard, nothing is shown after 7 s', async t => {
  const { clock, changed, typing } = createTyping()
  const ada = { conversationId: 'c', userId: 'ada' }
  typing.heard({ ...ada, isTyping: false })
  t.same(changed, [])
  typing.heard({ ...ada, isTyping: true })
  clock.pass(6_000)
  typing.heard({ ...ada, isTyping: true })
  clock.pass(6_000)
  t.same(typing.in('c'), ['ada'])
  t.same(changed, ['c'], 'to go on is no change')
  clock.pass(1_000)
  t.same(typing.in('c'), [])
})

t.test('without a connection nobody is seen typing', async t => {
  const { ada, bob, id } = await openPair(server)
  const line = await createLine(t, server.url)
  const [writer, reader] = [await connect(t, ada), await connect(t, bob, { url: line.url })]
  writer.typing(id)
  await shows(reader, () => reader.conversation(id)!.typing.length === 1)
  const lost = next(reader, 'status')
  line.cut()
  t.equal(await lost, 'connecting')
  t.same(reader.conversation(id)!.typing, [])
})

t.test('what is closed leaves no timer behind', async t => {
  const { clock, typing } = createTyping()
  typing.start('c')
  typing.heard({ conversationId: 'c', userId: 'ada', isTyping: true })
  typing.close()
  t.equal(clock.waiting, 0)
})
