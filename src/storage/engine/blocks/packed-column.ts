/**
 * One column of a directory, with an entry for each segment: integers as offsets from the smallest, all of the same number of bits, so that
 * any entry can be read directly; or plain float64.
 */
import { type BitReader, readLongBits } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { DamagedBlock } from './block.ts'

/** Written in place of a width. */
const FLOATS = 64
const SAME_FLOAT = 65

const countBits = (value: number): number => (value < 0x80000000 ? 32 - Math.clz32(value) : 31 + countBits(Math.floor(value / 0x80000000)))

/** Writes safe integers; their range must be a safe integer, too. */
export function writeIntegers(writer: BitWriter, entries: readonly number[]): void {
  const base = entries.reduce((least, entry) => Math.min(least, entry), entries[0] ?? 0)
  const width = countBits(entries.reduce((most, entry) => Math.max(most, entry - base), 0))
  writer.byte(width)
  writer.signed(base)
  for (const entry of entries) {
    const offset = entry - base
    writer.wideBits(Math.floor(offset / 0x100000000), offset >>> 0, width)
  }
  writer.align()
}

export function writeFloats(writer: BitWriter, entries: readonly number[]): void {
  const isSame = entries.every((entry) => Object.is(entry, entries[0]))
  writer.byte(isSame ? SAME_FLOAT : FLOATS)
  for (const entry of isSame ? entries.slice(0, 1) : entries) writer.float64(entry)
}

export class PackedColumn {
  readonly #data: Uint8Array
  readonly #width: number
  /** The smallest integer, or the float64 that all entries are. */
  readonly #base: number
  /** Bit at which the first entry begins. */
  readonly #start: number

  private constructor(data: Uint8Array, width: number, base: number, start: number) {
    this.#data = data
    this.#width = width
    this.#base = base
    this.#start = start
  }

  /** @throws DamagedBlock */
  static open(reader: BitReader, entries: number): PackedColumn {
    const width = reader.byte()
    if (width > SAME_FLOAT || (width > 53 && width < FLOATS)) throw new DamagedBlock(`A column of the directory has ${width} bits`)
    if (width === FLOATS) return new PackedColumn(reader.data, width, 0, reader.skip(entries * 8) * 8)
    if (width === SAME_FLOAT) return new PackedColumn(reader.data, 0, entries > 0 ? reader.float64() : 0, 0)
    const base = reader.signed()
    return new PackedColumn(reader.data, width, base, reader.skip(Math.ceil((entries * width) / 8)) * 8)
  }

  /** Whether the entries are float64 that differ. */
  get isFloats(): boolean {
    return this.#width === FLOATS
  }

  get(index: number): number {
    if (this.#width === 0) return this.#base
    if (this.#width < FLOATS) return this.#base + readLongBits(this.#data, this.#start + index * this.#width, this.#width)
    return new DataView(this.#data.buffer, this.#data.byteOffset + (this.#start >>> 3) + index * 8, 8).getFloat64(0, true)
  }
}
