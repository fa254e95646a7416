import t from 'tap'
import { isOrigin, isPublicUrl, namesHost, pathOf } from '../../src/lib/origins.ts'

t.test('origins are written as browsers and apps send them', async t => {
  for (const value of [
    'http://localhost:5173', 'https://chat.example.com', 'https://chat.example.com/', 'http://[::1]:3000',
    'https://xn--bcher-kva.example', 'http://my_host', 'capacitor://localhost', 'tauri://localhost', 'ionic://localhost',
    'app://obsidian.md', 'chrome-extension://abcdefghijklmnop', 'capacitor://localhost/', 'http://tauri.localhost',
  ]) t.equal(isOrigin(value), true, value)
})

t.test('what no browser sends so, and would never match, is no origin', async t => {
  for (const value of [
    '', '*', 'null', 'chat.example.com', 'localhost:5173', 'https://*', 'https://*.example.com', 'capacitor://*',
    'http://localhost:*', 'https://chat.*', '*://chat.example.com', 'https://(a|b).example', 'https://$host',
    'https://chat.example.com/path', 'https://chat.example.com?x', 'https://chat.example.com#x',
    'https://user@chat.example.com', 'https://Chat.example.com', 'HTTPS://chat.example.com', 'https://bücher.example',
    'https://chat.example.com:443', 'http://chat.example.com:80', 'http://a.example:99999', 'http://127.1', 'http://',
    'https://chat.example.com//', 'capacitor://', 'capacitor:localhost', 'capacitor://localhost/path', 'ionic://',
    'ws://chat.example.com', 'wss://chat.example.com', 'ftp://a.example', 'file://', 'file://localhost',
    'http://a.example http://b.example', ' http://a.example', 'http://[::1', 'http://[x]',
  ]) t.equal(isOrigin(value), false, value)
})

t.test('the address of a server may have a path, and nothing else', async t => {
  for (const [value, path] of [
    ['https://chat.example.com', ''], ['https://chat.example.com/', ''], ['http://127.0.0.1:3001', ''],
    ['https://example.com/chat', '/chat'], ['https://example.com/chat/', '/chat'],
    ['https://example.com:8443/~team/chat-1.0', '/~team/chat-1.0'],
  ] as const) {
    t.equal(isPublicUrl(value), true, value)
    t.equal(pathOf(value), path)
  }
  t.equal(pathOf(undefined), '')
  for (const value of [
    '', 'chat.example', '/chat', 'https://', 'https://a.example,https://b.example', 'capacitor://localhost',
    'ws://a.example', 'https://user@a.example/chat', 'https://a.example/chat?x', 'https://a.example/?x',
    'https://a.example/chat#x', 'https://a.example//', 'https://a.example/chat//', 'https://a.example//chat',
    'https://a.example/../chat', 'https://a.example/a/./b', 'https://a.example/a b', 'https://a.example/%2e%2e',
    'https://a.example/"><script>', 'https://a.example\\chat', 'https://*.example/chat', 'https://A.example/chat',
    'blob:https://a.example',
  ]) t.equal(isPublicUrl(value), false, value)
})

t.test('a host is named by pages, and by sockets as clients spell it', async t => {
  for (const [origin, host] of [
    ['http://127.0.0.1:3001', '127.0.0.1:3001'], ['ws://127.0.0.1:3001', '127.0.0.1:3001'],
    ['https://chat.example.com', 'chat.example.com'], ['wss://chat.example.com', 'chat.example.com'],
    ['https://chat.example.com:443', 'chat.example.com'], ['wss://chat.example.com', 'chat.example.com:443'],
    ['http://chat.example.com', 'chat.example.com:80'], ['ws://chat.example.com:80', 'chat.example.com'],
    ['HTTPS://Chat.Example.COM', 'chat.example.com'], ['https://chat.example.com', 'Chat.Example.com'],
    ['http://[::1]:3001', '[::1]:3001'], ['ws://[::1]:80', '[::1]'],
    ['https://chat.example.com.', 'chat.example.com.'],
  ] as const) t.equal(namesHost(origin, host), true, `${origin} names ${host}`)
})

t.test('a host is named by nothing else', async t => {
  for (const origin of [
    '', 'null', '*', 'chat.example.com', '//chat.example.com', 'https://', 'https://evil.example',
    'https://chat.example.com.evil.example', 'https://evil-chat.example.com', 'https://evil.chat.example.com',
    'https://example.com', 'https://chat.example.co', 'https://chat.example.com.', 'https://chat.example.com..',
    'http://chat.example.com:443', 'https://chat.example.com:80', 'https://chat.example.com:8443',
    'https://chat.example.com@evil.example', 'https://evil.example@chat.example.com', 'https://@chat.example.com',
    'https://evil.example/chat.example.com', 'https://chat.example.com/', 'https://chat.example.com/x',
    'https://evil.example?chat.example.com', 'https://evil.example#chat.example.com',
    'https://evil.example\\chat.example.com', 'https://chat.example.com\\@evil.example', 'https:chat.example.com',
    'https:/chat.example.com', 'https:///chat.example.com', 'https://evil.example https://chat.example.com',
    'https://chat.example.com https://evil.example', 'https://evil.example,https://chat.example.com',
    'https://chat.example.com\t', 'https://chat.example.com%00.evil.example', 'https://chat.example.com:port',
    'ftp://chat.example.com', 'file://chat.example.com', 'capacitor://chat.example.com',
    'chrome-extension://chat.example.com', 'xhttps://chat.example.com',
  ]) t.equal(namesHost(origin, 'chat.example.com'), false, origin)
  t.equal(namesHost('http://127.0.0.1.', '127.0.0.1'), false)
  t.equal(namesHost('http://0x7f.1', '127.0.0.1'), false)
  t.equal(namesHost('http://:80', ''), false)
  for (const host of ['', ' ', 'undefined/', 'a@chat.example.com', 'chat.example.com/', 'chat.example.com:x', '[']) {
    t.equal(namesHost('https://chat.example.com', host), false, `host ${host}`)
  }
})
