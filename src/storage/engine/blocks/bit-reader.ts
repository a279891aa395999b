import { DamagedBlock } from './block.ts'

/** Reads what BitWriter wrote, one byte-aligned item after the other. Reading past `end` means that the block is damaged. */
export class BitReader {
  readonly data: Uint8Array
  readonly #view: DataView
  readonly #end: number
  /** Position of the next byte. */
  position: number

  constructor(data: Uint8Array, position: number, end: number) {
    this.data = data
    this.position = position
    this.#end = end
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  }

  /** Skips a part. @returns where it begins */
  skip(bytes: number): number {
    const from = this.position
    if (!(bytes <= this.#end - from)) throw new DamagedBlock('The block ends before its parts do')
    this.position += bytes
    return from
  }

  byte(): number {
    return this.data[this.skip(1)] ?? 0
  }

  unsigned(): number {
    const first = this.byte()
    return first < 128 ? first : this.#more(first - 128, 128)
  }

  signed(): number {
    const first = this.byte()
    const low = (first & 127) >> 1
    const magnitude = first < 128 ? low : this.#more(low, 64)
    return (first & 1) === 1 ? -magnitude : magnitude
  }

  #more(low: number, scale: number): number {
    let [value, factor, byte] = [low, scale, 128]
    while (byte >= 128) {
      byte = this.byte()
      value += (byte & 127) * factor
      factor *= 128
      if (value > Number.MAX_SAFE_INTEGER) throw new DamagedBlock('A number of the block is too large')
    }
    return value
  }

  float64(): number {
    return this.#view.getFloat64(this.skip(8), true)
  }

  atEnd(): boolean {
    return this.position === this.#end
  }
}

/** Reads `count` bits (at most 25) from a position in bits; beyond the end of the data all bits are zero. */
export function readBits(data: Uint8Array, position: number, count: number): number {
  const at = position >>> 3
  const word = (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24)
  return (word >>> (position & 7)) & ((1 << count) - 1)
}

/** Like readBits, for up to 53 bits. */
export function readLongBits(data: Uint8Array, position: number, count: number): number {
  if (count <= 25) return readBits(data, position, count)
  const low = readBits(data, position, 24)
  return low + readLongBits(data, position + 24, count - 24) * 0x1000000
}
