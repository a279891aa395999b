import { type BitReader, readBits, readLongBits } from './bit-reader.ts'
import { countSegments, DamagedBlock } from './block.ts'
import { assignCodes, CODE_BITS, readLengths } from './huffman.ts'
import { PackedColumn } from './packed-column.ts'
import { Alphabet } from './tokens.ts'
import { HIGH, LOW } from './words.ts'

/* An entry of the lookup table: bits 0-3 are the length of the code, bits 4-9 the kind of token, and the bits above depend on the kind. 0:
   direct, its residual. 1 to 62: a class with kind - 1 raw bits, its three highest bits. 63: a run or a skip, its class; skips from
   FIRST_SKIP on. */
const KIND = 0x3f0
const SPECIAL = 0x3f0
const FIRST_SKIP = 16

function makeEntry(symbol: number, length: number, alphabet: Alphabet): number {
  if (symbol < alphabet.firstRun) return (unfold(symbol) << 10) | length
  if (symbol < alphabet.firstClass) return ((symbol - alphabet.firstRun) << 10) | SPECIAL | length
  if (symbol >= alphabet.firstSkip) return ((FIRST_SKIP + symbol - alphabet.firstSkip) << 10) | SPECIAL | length
  return ((4 + ((symbol - alphabet.firstClass) & 3)) << 10) | ((alphabet.rawBits(symbol) + 1) << 4) | length
}

const unfold = (folded: number): number => (folded >>> 1) ^ -(folded & 1)

function unfoldLong(folded: number): number {
  const half = Math.floor(folded / 2)
  return folded - 2 * half === 1 ? -half - 1 : half
}

const damaged = (): DamagedBlock => new DamagedBlock('The bits of a segment are garbled')

/** The tokens of one column, segment by segment. */
export class TokenReader {
  readonly #data: Uint8Array
  readonly #alphabet: Alphabet
  /** Length of each symbol's code; undefined when no symbol occurs. A single symbol takes no bits. */
  readonly #lengths: Uint8Array
  readonly #single: number
  /** Bit at which each segment begins, and the end. */
  readonly #starts: Float64Array
  #table: Int32Array | undefined

  private constructor(data: Uint8Array, alphabet: Alphabet, lengths: Uint8Array, single: number, starts: Float64Array) {
    this.#data = data
    this.#alphabet = alphabet
    this.#lengths = lengths
    this.#single = single
    this.#starts = starts
  }

  /** @throws DamagedBlock */
  static open(reader: BitReader, count: number): TokenReader {
    const directBits = reader.byte()
    if (directBits < 2 || directBits > 8) throw new DamagedBlock(`A code has ${directBits} direct bits`)
    const alphabet = new Alphabet(directBits)
    const kind = reader.byte()
    const segments = countSegments(count)
    if (kind > 2) throw new DamagedBlock(`There is no code of kind ${kind}`)
    const single = kind === 1 ? reader.unsigned() : 0
    // A skip takes no value: if it also took no bits, decoding would never end.
    if (single >= alphabet.firstSkip) throw new DamagedBlock('A code consists of skips only')
    const lengths = kind === 2 ? readLengths(reader, alphabet.size) : new Uint8Array()
    if (kind === 0 && count > segments) throw new DamagedBlock('A code is missing')
    const sizes = PackedColumn.open(reader, segments)
    const starts = new Float64Array(segments + 1)
    for (let segment = 0; segment < segments; segment++) starts[segment + 1] = (starts[segment] ?? 0) + sizes.get(segment)
    const bits = starts[segments] ?? 0
    const from = reader.skip(Math.ceil(bits / 8))
    for (let segment = 0; segment <= segments; segment++) starts[segment] = (starts[segment] ?? 0) + from * 8
    return new TokenReader(reader.data, alphabet, lengths, single, starts)
  }

  /** An entry for each combination of as many bits as the longest code has. */
  #lookUp(): Int32Array {
    if (this.#table !== undefined) return this.#table
    const lengths = this.#lengths
    if (lengths.length === 0) return (this.#table = Int32Array.of(makeEntry(this.#single, 0, this.#alphabet)))
    const size = 1 << lengths.reduce((most, length) => Math.max(most, length), 0)
    const table = new Int32Array(size)
    const codes = assignCodes(lengths)
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] ?? 0
      if (length === 0) continue
      const entry = makeEntry(symbol, length, this.#alphabet)
      for (let code = codes[symbol] ?? 0; code < size; code += 1 << length) table[code] = entry
    }
    return (this.#table = table)
  }

  /**
   * Decodes residuals of a segment into `out`, from index `at` on; for times on a grid, adds the steps skipped so far.
   * @param step of the grid, in 2^-fractionBits
   * @throws DamagedBlock
   */
  decode(segment: number, count: number, out: Float64Array, at: number, step = 0, fraction = 1): void {
    const table = this.#lookUp()
    const data = this.#data
    const mask = table.length - 1
    const limit = this.#starts[segment + 1] ?? 0
    const end = at + count
    let position = this.#starts[segment] ?? 0
    let shift = 0
    let index = at
    while (index < end) {
      const byte = position >>> 3
      let word =
        ((data[byte] ?? 0) | ((data[byte + 1] ?? 0) << 8) | ((data[byte + 2] ?? 0) << 16) | ((data[byte + 3] ?? 0) << 24)) >>>
        (position & 7)
      let entry = table[word & mask] ?? 0
      position += entry & 15
      const kind = entry & KIND
      if (kind === 0) {
        out[index++] = shift + (entry >> 10)
        // The word has bits for two codes, but not for two codes with raw bits.
        word >>>= entry & 15
        entry = table[word & mask] ?? 0
        if ((entry & KIND) !== 0 || index === end) continue
        position += entry & 15
        out[index++] = shift + (entry >> 10)
      } else if (kind !== SPECIAL) {
        const raw = (kind >>> 4) - 1
        const top = entry >> 10
        out[index++] =
          shift +
          (raw <= 14
            ? unfold((top << raw) | ((word >>> (entry & 15)) & ((1 << raw) - 1)))
            : unfoldLong(top * 2 ** raw + readLongBits(data, position, raw)))
        position += raw
      } else {
        if (position > limit) throw damaged()
        const special = entry >> 10
        const raw = special < FIRST_SKIP ? special : special - FIRST_SKIP
        const amount = 2 ** raw + readLongBits(data, position, raw)
        position += raw
        if (special >= FIRST_SKIP) {
          shift += Math.floor((amount * step) / fraction)
        } else {
          if (amount > end - index) throw damaged()
          out.fill(index === at ? 0 : (out[index - 1] ?? 0), index, index + amount)
          index += amount
        }
      }
    }
    if (position !== limit) throw damaged()
  }

  /** Like decode, for residuals of up to 64 bits: writes each folded one in place of a float64, whose halves are in `words`. */
  decodeWide(segment: number, count: number, words: Uint32Array): void {
    const table = this.#lookUp()
    const data = this.#data
    const mask = table.length - 1
    const limit = this.#starts[segment + 1] ?? 0
    const end = 2 * count
    let position = this.#starts[segment] ?? 0
    for (let index = 0; index < end; ) {
      const entry = table[readBits(data, position, CODE_BITS) & mask] ?? 0
      position += entry & 15
      const kind = entry & KIND
      let [high, low] = [0, 0]
      let amount = 1
      if (kind === 0) {
        const residual = entry >> 10
        low = (residual << 1) ^ (residual >> 31)
      } else if (kind !== SPECIAL) {
        const raw = (kind >>> 4) - 1
        const top = entry >> 10
        low = readBits(data, position, Math.min(raw, 16))
        if (raw > 16) low |= readBits(data, position + 16, Math.min(raw - 16, 16)) << 16
        if (raw > 32) high = readBits(data, position + 32, Math.min(raw - 32, 16))
        if (raw > 48) high |= readBits(data, position + 48, raw - 48) << 16
        if (raw < 32) {
          low |= top << raw
          if (raw > 29) high = top >>> (32 - raw)
        } else high |= top << (raw - 32)
        position += raw
      } else {
        const raw = entry >> 10
        amount = 2 ** raw + readBits(data, position, raw)
        position += raw
        if (raw >= FIRST_SKIP || amount > (end - index) / 2) throw damaged()
        if (index > 0) [high, low] = [words[index - 2 + HIGH] ?? 0, words[index - 2 + LOW] ?? 0]
      }
      for (; amount > 0; amount--) {
        words[index + HIGH] = high
        words[index + LOW] = low
        index += 2
      }
    }
    if (position !== limit) throw damaged()
  }
}
