/** Cuts what the network brings into packets. MQTT 5, section 2.1. */
import { Malformed, Reason } from './reasons.ts'

export interface Frame {
  /** The first byte: type and flags. */
  readonly header: number
  readonly body: Buffer
}

/** Bytes of the longest header: type, and a length of four. */
const LONGEST_HEADER = 5

/** What each part that came takes beside its bytes. */
const PART_BYTES = 128

export class Framing {
  readonly #limit: number
  readonly #check: (header: number) => void
  #parts: Buffer[] = []
  #bytes = 0
  /** Where the next packet begins in the first part. */
  #at = 0
  /** Bytes that must be there before it makes sense to look again. */
  #needed = 2

  /**
   * @param limit most bytes of a packet, without its header
   * @param check throws for a first byte that must not be: the rest of such a packet is not waited for
   */
  constructor(limit: number, check: (header: number) => void) {
    this.#limit = limit
    this.#check = check
  }

  /** Bytes that came and were not cut into packets yet. */
  get waiting(): number {
    return this.#bytes
  }

  /** Bytes of memory that this takes, about. */
  get held(): number {
    return this.#bytes === 0 ? 0 : this.#bytes + this.#parts.length * PART_BYTES
  }

  push(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }

  /** The next packet, if it is there as a whole. @throws Malformed for a length that is too large, or none */
  next(): Frame | undefined {
    if (this.#bytes < this.#needed) return undefined
    const bytes = this.#joined()
    this.#check(bytes[this.#at] ?? 0)
    let length = 0
    for (let size = 1; ; size++) {
      const digit = bytes[this.#at + size]
      if (digit === undefined) return this.#wait(size + 1)
      length += (digit & 0x7f) * 128 ** (size - 1)
      if (length > this.#limit) throw new Malformed(`a packet of more than ${this.#limit} bytes`, Reason.tooLarge)
      if ((digit & 0x80) === 0) return this.#cut(bytes, 1 + size, length)
      if (size + 1 === LONGEST_HEADER) throw new Malformed('a packet whose length is malformed')
    }
  }

  #joined(): Buffer {
    const [first] = this.#parts
    if (first && this.#parts.length === 1) return first
    // What was cut already stays behind.
    if (first) this.#parts[0] = first.subarray(this.#at)
    const joined = Buffer.concat(this.#parts)
    this.#parts = [joined]
    this.#at = 0
    return joined
  }

  #wait(needed: number): undefined {
    this.#needed = needed
  }

  #cut(bytes: Buffer, headerSize: number, length: number): Frame | undefined {
    if (this.#bytes < headerSize + length) return this.#wait(headerSize + length)
    const start = this.#at + headerSize
    const frame = { header: bytes[this.#at] ?? 0, body: bytes.subarray(start, start + length) }
    this.#bytes -= headerSize + length
    this.#at = this.#bytes === 0 ? 0 : start + length
    if (this.#bytes === 0) this.#parts = []
    this.#needed = 2
    return frame
  }
}
