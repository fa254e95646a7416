import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import t from 'tap'
import { Chat } from '../../client/src/index.ts'

const entry = fileURLToPath(new URL('../../client/src/index.ts', import.meta.url))

t.test('without socket.io-client it is smaller than 9 kB', async t => {
  const { outputFiles: [file] } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['socket.io-client'],
    write: false,
  })
  const { length } = gzipSync(file!.contents, { level: 9 })
  t.comment(`${file!.contents.length} bytes, ${length} of them when compressed`)
  t.ok(length < 9_000)
})

const [ada, bob] = ['01980000-0000-7000-8000-00000000000a', '01980000-0000-7000-8000-00000000000b']
const token = `e30.${Buffer.from(JSON.stringify({ sub: ada, exp: 2e9 })).toString('base64url')}.x`

/** The answers of `/sync` to a client that was away for so many messages of one conversation. */
function answersFor (count: number): string[] {
  const id = '01980000-0000-7000-8000-0000000000c0'
  const conversation = {
    id,
    type: 'direct',
    updatedAt: '2026-01-01T00:00:00.000Z',
    lastSeq: count,
    version: count,
    unreadCount: 1_000,
    lastMessage: null,
    otherUser: null,
  }
  const message = (seq: number) => ({
    id: `01980000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
    conversationId: id,
    senderId: seq % 3 ? bob : ada,
    seq,
    version: seq,
    text: `Message number ${seq} of many, of a length as people write.`,
    imageUrl: null,
    clientMessageId: null,
    status: 'sent',
    createdAt: '2026-01-01T00:00:00.000Z',
    deletedAt: null,
    deletedFor: null,
  })
  const page = (messages: object[], limited: boolean, lastSeq = count) => JSON.stringify({
    changed: [{ conversation: { ...conversation, lastSeq, version: lastSeq }, messages, limited }],
    left: [],
    own: { conversations: [], profile: null },
    ownVersion: 1,
  })
  const pages = Array.from({
    length: count / 100,
  }, (_, i) => page(Array.from({ length: 100 }, (_, n) => message(100 * i + n + 1)), 100 * (i + 1) < count))
  return [page([], false, 0), ...pages]
}

t.test('10,000 messages are synchronised and in order within 300 ms of CPU', async t => {
  const answers = answersFor(10_000)
  const chat = new Chat({ url: 'https://chat.example.com', token, fetch: async () => new Response(answers.shift()) })
  let shown = 0
  chat.on('change', () => { shown = chat.conversations[0]!.messages.length })
  await chat.parts.synchroniser.sync()
  const before = process.cpuUsage()
  await chat.parts.synchroniser.sync()
  const { user, system } = process.cpuUsage(before)
  t.same(chat.conversations[0]!.messages.map(({ seq }) => seq), Array.from({ length: 10_000 }, (_, i) => i + 1))
  t.equal(shown, 10_000)
  const ms = (user + system) / 1_000
  t.comment(`${Math.round(ms)} ms`)
  t.ok(ms < 300)
  chat.close()
})
