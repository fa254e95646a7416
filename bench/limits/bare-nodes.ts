/**
 * One of several Socket.IO servers on a Redis. A socket's token is its room, and what is said in a room is
 * told to all who are in it.
 */
import { createServer } from 'node:http'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { listeningUrl } from '../../src/lib/listening-url.ts'

const connect = () => new Redis(process.env.REDIS_URL!)
const adapter = process.env.ADAPTER === 'streams'
  ? createStreamsAdapter(connect())
  : createShardedAdapter(connect(), connect())

const server = createServer()
const io = new Server(server, { adapter, serveClient: false, pingInterval: 20_000, pingTimeout: 20_000 })

io.on('connection', socket => {
  void socket.join(socket.handshake.auth.token)
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
    io.to(conversationId).emit('message:new', { conversationId, version: 2, message })
    acknowledge({ ok: true, message })
  })
})
server.listen(0, '127.0.0.1', () => console.log(listeningUrl(server)))
