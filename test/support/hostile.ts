/** What clients send that mean harm or do not know better, for the tests of what the server makes of it. */
import type { Test } from 'tap'
import { until } from './server.ts'

const id = '01980000-0000-7000-8000-00000000000a'

export const eventNames = [
  'join', 'conversation:join', 'conversation:leave', 'typing:start', 'typing:stop', 'message:send', 'message:read',
  'error', 'newMessage', '__proto__', 'constructor', 'toString', '', 'x'.repeat(10_000),
]

/** None of them fits any event. */
export const payloads: unknown[] = [
  null, true, 0, -1, 1e308, '', 'text', 'x'.repeat(50_000), '\0', '\ud800', [], [[[]]], {}, { conversationId: {} },
  { conversationId: [id] },
  { conversationId: id, messageId: id, userId: id }, { conversationId: `${id}\0` },
  { conversationId: "'; DROP TABLE users" },
  { toString: 1, hasOwnProperty: 1, then: 1 }, JSON.parse(`{"__proto__":{"conversationId":"${id}"}}`),
  JSON.parse('{"constructor":{"prototype":{"ok":1}}}'),
  Buffer.from('binary'), { conversationId: Buffer.alloc(1000) }, new Uint8Array(60_000),
  Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, i])),
]

/** JSON, nested as deep as a frame can hold. */
export const nested = [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`]

/** Reserved names of events, and packets that are none. */
export const packets = [
  '42["disconnect"]', '42["connect_error",{}]', '42["newListener",{}]', '42["removeListener",{}]',
  '42["disconnecting"]', '42', '42[]', '42{}', '42"x"', '42[null]', '42[{}]',
  '42[', '4', '49', '4x', '45', '451', '451-', '451-["x"]', '459999999999-["x",{}]',
  '4599-["x",{"_placeholder":true,"num":7}]', '430[]', '43999999[1]', '44{}',
  '40/unknown,', '40/__proto__,{}', '40null', '40[]', '40', '41', '9', 'garbage', '', '0{}', '5', '6', '2probe', '1',
  '\u{1F388}', 'b', 'bAAAA',
]

/** How one might try to be admitted without a token. */
export const hellos = [
  '', '40', '40{}', '40{"token":null}', '40{"token":{"toString":1}}', '40{"__proto__":{"token":1}}',
  `40{"token":"${'x'.repeat(60_000)}"}`,
]

/** Bodies that no call takes, though each says that it is JSON. */
export const bodies = [
  '{', '', 'null', '[]', '"text"', '7', '{"userId":}', '\ufeff', '{"userId":"a"}{"userId":"b"}', '['.repeat(50_000),
  '{"__proto__":{"userId":"x"}}', `{"userId":"${id}","__proto__":{"admin":true}}`,
  '{"constructor":{"prototype":{"x":1}}}', '{"hasOwnProperty":1}',
]

/** Ids as they may stand in an address. */
export const addressIds = ['%00', 'x', `${id}%00`, '%F0%9F%98%80', '*', "'%20OR%201=1"]

/** What is not HTTP. */
export const badRequests = [
  'nonsense\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
]

/** A bare WebSocket that speaks Engine.IO and Socket.IO by hand; with a token, connected as its person. */
export async function connectBare (t: Pick<Test, 'teardown'>, url: string, token?: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const heard: string[] = []
  let closed = false
  socket.addEventListener('message', ({ data }) => {
    if (data === '2') socket.send('3')
    heard.push(String(data))
  })
  socket.addEventListener('close', () => { closed = true })
  t.teardown(() => socket.close())
  await until(() => heard.some(packet => packet.startsWith('0')))
  if (token !== undefined) {
    socket.send(`40${JSON.stringify({ token })}`)
    await until(() => heard.some(packet => packet.startsWith('40')))
  }
  return { socket, heard, isClosed: () => closed }
}
