/** What Socket.IO can do at most: everybody is in one room, and what one of them says is told to all. */
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { listeningUrl } from '../../src/lib/listening-url.ts'

const server = createServer()
const io = new Server(server, { serveClient: false, pingInterval: 20_000, pingTimeout: 20_000 })

io.on('connection', socket => {
  void socket.join('everybody')
  socket.on('message:send', ({ conversationId, text, clientMessageId }, acknowledge) => {
    const id = '01980000-0000-7000-8000-000000000001'
    const message = {
      id,
      conversationId,
      senderId: id,
      seq: 1,
      version: 2,
      text,
      imageUrl: null,
      clientMessageId,
      status: 'sent',
      createdAt: '2026-11-24T12:00:00.000Z',
      deletedAt: null,
      deletedFor: null,
    }
    io.to('everybody').emit('message:new', { conversationId, version: 2, message })
    acknowledge({ ok: true, message })
  })
})
server.listen(0, '127.0.0.1', () => console.log(listeningUrl(server)))
