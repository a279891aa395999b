/** A WebSocket as the stream of bytes that MQTT wants. Source: MQTT 3.1.1, section 6. */
import { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'

type Done = (error?: Error | null) => void

export class WebSocketStream extends Duplex {
  readonly #ws: WebSocket

  constructor(ws: WebSocket) {
    super()
    this.#ws = ws
    ws.on('message', (data, isBinary) => this.#take(data, isBinary))
    ws.on('close', () => {
      this.push(null)
      // What came before the end is read first.
      if (this.readableLength === 0) this.destroy()
      else this.once('end', () => this.destroy())
    })
    ws.on('error', (error) => this.destroy(error))
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.destroyed) return
    if (!isBinary) this.destroy(new Error('MQTT comes in binary frames'))
    else if (Buffer.isBuffer(data) && data.length > 0 && !this.push(data)) this.#ws.pause()
  }

  override _read(): void {
    if (this.#ws.isPaused) this.#ws.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(chunk, done)
  }

  /** What was corked leaves as one frame: a parser writes a packet in many pieces. */
  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  #send(bytes: Buffer, done: Done): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(bytes, { binary: true }, done)
    else done(new Error('the WebSocket is closed'))
  }

  override _final(done: Done): void {
    this.#ws.close()
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    if (error) this.#ws.terminate()
    else if (this.#ws.readyState === this.#ws.OPEN) this.#ws.close()
    done(null)
  }
}
