/** A minimal WebSocket client for loads: sends text frames that were made beforehand, and counts the frames that arrive. RFC 6455. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** A client's text frame, masked with a random key as RFC 6455, section 5.3 requires. Up to 65,535 bytes. */
export function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const key = randomBytes(4)
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff])
  const masked = payload.map((byte, at) => byte ^ (key[at & 3] ?? 0))
  return Buffer.concat([head, key, masked])
}

export interface FrameSocket {
  socket: Socket
  /** Called with the payload of each text frame. Pings are not answered, since the loads end before any timeout. */
  onText: (payload: Buffer) => void
}

/** Connects and shakes hands. @throws Error when the server doesn't switch protocols */
export function openFrameSocket(options: { port: number; path: string; authorization: string }): Promise<FrameSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true })
    const frames: FrameSocket = { socket, onText: () => {} }
    let pending: Buffer = Buffer.alloc(0)
    let open = false
    socket.on('connect', () => {
      socket.write(
        `GET ${options.path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\n' +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nAuthorization: ${options.authorization}\r\n\r\n`,
      )
    })
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk])
      if (!open) {
        const end = pending.indexOf('\r\n\r\n')
        if (end < 0) return
        if (!pending.toString('latin1').startsWith('HTTP/1.1 101')) {
          reject(new Error(`The server refused the WebSocket: ${pending.toString('latin1').slice(0, 600)}`))
          socket.destroy()
          return
        }
        open = true
        pending = pending.subarray(end + 4)
        resolve(frames)
      }
      pending = deliver(pending, frames)
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('The server closed a WebSocket')))
  })
}

/** Passes on every complete frame; returns what is left. */
function deliver(data: Buffer, frames: FrameSocket): Buffer {
  let at = 0
  while (data.length - at >= 2) {
    let length = (data[at + 1] ?? 0) & 0x7f
    let head = 2
    if (length === 126) {
      if (data.length - at < 4) break
      length = data.readUInt16BE(at + 2)
      head = 4
    } else if (length === 127) throw new Error('A frame of more than 65,535 bytes')
    if (data.length - at < head + length) break
    const opcode = (data[at] ?? 0) & 0x0f
    if (opcode === 1) frames.onText(data.subarray(at + head, at + head + length))
    else if (opcode === 8)
      throw new Error(`The server ended a WebSocket: ${data.subarray(at + head + 2, at + head + length).toString('utf8')}`)
    at += head + length
  }
  return data.subarray(at)
}
