/** Reads a packet from its first byte to its last, and never beyond. MQTT 5, section 1.5. */
import { isUtf8 } from 'node:buffer'
import { Malformed } from './reasons.ts'

export class Cursor {
  readonly #bytes: Buffer
  readonly #isStrict: boolean
  #at = 0

  /** @param isStrict refuses texts that are no UTF-8 or hold NUL, as MQTT 5 wants; before, they were read as they could be */
  constructor(bytes: Buffer, isStrict: boolean) {
    this.#bytes = bytes
    this.#isStrict = isStrict
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** @throws Malformed */
  take(length: number): Buffer {
    const at = this.#pass(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** A view of a buffer costs more than what is read from it: only what goes on gets one. @returns where it begins @throws Malformed */
  #pass(length: number): number {
    if (length > this.left) throw new Malformed('a packet ends before it should')
    const at = this.#at
    this.#at = at + length
    return at
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#pass(1))
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#pass(2))
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#pass(4))
  }

  varint(): number {
    let value = 0
    for (let factor = 1; factor <= 128 ** 3; factor *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if ((byte & 0x80) === 0) return value
    }
    throw new Malformed('a variable byte integer of more than four bytes')
  }

  binary(): Buffer {
    return this.take(this.uint16())
  }

  text(): string {
    const length = this.uint16()
    const at = this.#pass(length)
    if (this.#isStrict) {
      const bytes = this.#bytes.subarray(at, at + length)
      if (!isUtf8(bytes) || bytes.includes(0)) throw new Malformed('a text that is no UTF-8, or holds NUL')
    }
    return this.#bytes.toString('utf8', at, at + length)
  }

  rest(): Buffer {
    return this.take(this.left)
  }

  /** What follows, as a part of its own. */
  part(length: number): Cursor {
    return new Cursor(this.take(length), this.#isStrict)
  }

  /** Bytes from an earlier position on. */
  since(left: number): Buffer {
    return this.#bytes.subarray(this.#bytes.length - left, this.#at)
  }
}
