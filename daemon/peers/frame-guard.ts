/**
 * Follows the frames of a WebSocket by their headers alone, to know how much of an unfinished message gathers in memory. RFC 6455, section
 * 5.2.
 */

/** What a frame costs beside its payload, in bytes. */
const OVERHEAD = 64
const CONTROL = 0x08
const FINAL = 0x80

export class FrameGuard {
  /** Bytes of the header so far, and how many it has: known once its second byte is there. */
  readonly #header = Buffer.alloc(14)
  #seen = 0
  #length = 2
  /** Bytes of the payload that are still to come. */
  #left = 0
  /** Payload of the message at hand. */
  #gathered = 0
  #ended = 0

  /** How many messages have ended, control frames among them. */
  get ended(): number {
    return this.#ended
  }

  /**
   * @param chunk the bytes that came next
   * @param most stops once more messages than these have ended in all: the caller is not heard any more
   * @returns bytes that wait for the end of a message, at most: the chunk that holds its beginning stays in memory as a whole; 0 when none
   *   does
   */
  follow(chunk: Uint8Array, most = Number.POSITIVE_INFINITY): number {
    for (let at = 0; at < chunk.length && this.#ended <= most; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at)
        at += taken
        this.#left -= taken
        if (this.#left === 0) this.#endFrame()
        continue
      }
      this.#header[this.#seen++] = chunk[at++] ?? 0
      if (this.#seen === 2) this.#length = 2 + extraLength(this.#second) + (this.#second >= 0x80 ? 4 : 0)
      if (this.#seen < 2 || this.#seen < this.#length) continue
      this.#left = this.#payloadLength()
      if (!this.#isControl) this.#gathered += this.#left + OVERHEAD
      if (this.#left === 0) this.#endFrame()
    }
    const isWhole = this.#seen === 0 && this.#gathered === 0
    return isWhole ? 0 : this.#gathered - this.#left + chunk.length
  }

  get #first(): number {
    return this.#header[0] ?? 0
  }

  get #second(): number {
    return this.#header[1] ?? 0
  }

  get #isControl(): boolean {
    return (this.#first & CONTROL) !== 0
  }

  #payloadLength(): number {
    const short = this.#second & 0x7f
    if (short === 126) return this.#header.readUInt16BE(2)
    return short === 127 ? Number(this.#header.readBigUInt64BE(2)) : short
  }

  #endFrame(): void {
    if (this.#isControl || (this.#first & FINAL) !== 0) this.#ended++
    if (!this.#isControl && (this.#first & FINAL) !== 0) this.#gathered = 0
    this.#seen = 0
    this.#length = 2
  }
}

/** Bytes of a length that does not fit in seven bits. */
const extraLength = (second: number): number => ((second & 0x7f) === 126 ? 2 : (second & 0x7f) === 127 ? 8 : 0)
