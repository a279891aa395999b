/** A growing buffer of bytes and bits; bits fill each byte from its lowest. */
export class BitWriter {
  #bytes = new Uint8Array(4096)
  #length = 0
  #pending = 0
  #pendingBits = 0

  /** Bits written so far. */
  get position(): number {
    return this.#length * 8 + this.#pendingBits
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    larger.set(this.#bytes)
    this.#bytes = larger
  }

  /** Writes the `count` (at most 24) lowest bits of a value; its higher bits must be zero. */
  bits(value: number, count: number): void {
    this.#pending |= value << this.#pendingBits
    this.#pendingBits += count
    if (this.#pendingBits < 8) return
    this.#reserve(4)
    while (this.#pendingBits >= 8) {
      this.#bytes[this.#length++] = this.#pending
      this.#pending >>>= 8
      this.#pendingBits -= 8
    }
  }

  /** Writes the `count` (at most 64) lowest bits of two 32-bit words. */
  wideBits(high: number, low: number, count: number): void {
    if (count === 0) return
    this.#masked(low, Math.min(count, 16))
    if (count > 16) this.#masked(low >>> 16, Math.min(count - 16, 16))
    if (count > 32) this.#masked(high, Math.min(count - 32, 16))
    if (count > 48) this.#masked(high >>> 16, count - 48)
  }

  #masked(value: number, count: number): void {
    this.bits(value & ((1 << count) - 1), count)
  }

  /** Fills the last byte with zero bits. */
  align(): void {
    if (this.#pendingBits > 0) this.bits(0, 8 - this.#pendingBits)
  }

  byte(value: number): void {
    this.bits(value, 8)
  }

  /** Writes a safe integer from 0 on: 7 bits a byte, the lowest first; the eighth bit is set if more bytes follow. */
  unsigned(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.byte((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    this.byte(rest)
  }

  /** Writes a safe integer like `unsigned`, but the first byte has the sign in its lowest bit and 6 bits of the magnitude above it. */
  signed(value: number): void {
    const magnitude = Math.abs(value)
    const first = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0)
    const rest = Math.floor(magnitude / 64)
    this.byte(rest > 0 ? first | 128 : first)
    if (rest > 0) this.unsigned(rest)
  }

  float64(value: number): void {
    this.append(new Uint8Array(new Float64Array([value]).buffer))
  }

  uint32(value: number): void {
    this.wideBits(0, value, 32)
  }

  append(bytes: Uint8Array): void {
    this.align()
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A view of what was written so far, filled up to a whole byte; valid until more is written. */
  written(): Uint8Array {
    this.align()
    return this.#bytes.subarray(0, this.#length)
  }

  /** A copy of everything written, with the last byte filled up. */
  finish(): Uint8Array<ArrayBuffer> {
    this.align()
    return this.#bytes.slice(0, this.#length)
  }
}
