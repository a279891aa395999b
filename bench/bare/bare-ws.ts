/**
 * The cost of WebSocket alone: ws parses the same frames as the daemon, acknowledges those with an `id` and relays values to subscribers,
 * without callers, resources or a disk. Prints `listening PORT`.
 */
import { WebSocketServer, type WebSocket } from 'ws'

interface Frame {
  type?: unknown
  id?: unknown
  parameters?: { sequence?: unknown; value?: unknown }
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
const subscribers = new Set<WebSocket>()

function receive(from: WebSocket, frame: Frame): void {
  if (frame.type === 'subscribe') subscribers.add(from)
  if (frame.type === 'update_sequence') {
    const { sequence, value } = frame.parameters ?? {}
    if (typeof sequence !== 'string' || !Number.isFinite(Number(value))) {
      from.send(JSON.stringify({ type: 'error', parameters: { message: 'not a value' } }))
      return
    }
    if (subscribers.size > 0) {
      const update = JSON.stringify({
        type: 'sequence_update',
        timestamp: new Date().toISOString(),
        parameters: { id: 1, name: sequence, value },
      })
      for (const subscriber of subscribers) if (subscriber !== from) subscriber.send(update)
    }
  }
  if (frame.id !== undefined) from.send(JSON.stringify({ type: 'ack', id: frame.id }))
}

server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => receive(socket, JSON.parse(data.toString('utf8')) as Frame))
  socket.on('close', () => subscribers.delete(socket))
  socket.on('error', () => socket.terminate())
})

server.on('listening', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) console.log(`listening ${address.port}`)
})
