/**
 * Stands between the socket of a caller who has not said who they are and ws: ws takes a chunk apart at one stretch, however many messages
 * it holds, so what is too much has to be counted and dropped before ws sees it.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

export class StrangerStream extends Duplex {
  readonly #socket: Socket
  /** What came with the request. */
  readonly #head: Buffer
  #gate: ((chunk: Buffer) => boolean) | undefined

  /** @param head bytes behind the request's headers, which belong to the WebSocket already */
  constructor(socket: Socket, head: Buffer) {
    super()
    this.#socket = socket
    this.#head = head
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  /**
   * Begins to read.
   * @param gate asked for each chunk, in their order: false drops it. From then on nothing more is read
   */
  open(gate: (chunk: Buffer) => boolean): void {
    this.#gate = gate
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('end', () => this.push(null))
    if (this.#head.length > 0) this.#take(this.#head)
  }

  /** Sends what was written, and ends both directions. What the peer has sent meanwhile is dropped. */
  finish(): void {
    this.#gate = () => false
    this.end(() => this.destroy())
  }

  #take(chunk: Buffer): void {
    if (this.#gate?.(chunk) !== true) this.#gate = () => false
    else if (!this.push(chunk)) this.#socket.pause()
  }

  override _read(): void {
    if (this.#gate) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
