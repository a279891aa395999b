/**
 * Numbers as float64, coded by the differences of their bits. The 63 bits without the sign, less the zeros that all numbers end in, are a
 * whole number that ascends with the magnitude; negative numbers take its complement. So neighbours have small differences, and every
 * float64 is restored to the bit. The arithmetic is that of 64-bit integers, in two words.
 */
import type { BitReader } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { DamagedBlock, SEGMENT_VALUES } from './block.ts'
import { Residuals } from './residuals.ts'
import { TokenReader } from './token-reader.ts'
import { writeTokens } from './token-writer.ts'
import { HIGH, LOW } from './words.ts'

const SIGN = 0x80000000

/** @param zeros number of low bits to cut off, up to 63 */
const cutLow = (high: number, low: number, zeros: number): number =>
  zeros === 0 ? low : zeros < 32 ? ((low >>> zeros) | (high << (32 - zeros))) >>> 0 : high >>> (zeros - 32)
const cutHigh = (high: number, zeros: number): number => (zeros < 32 ? high >>> zeros : 0)

export function writeWide(writer: BitWriter, numbers: Float64Array): void {
  const words = new Uint32Array(numbers.slice().buffer)
  const zeros = countZeros(words)
  const residuals = new Residuals(numbers.length)
  let [previousHigh, previousLow] = [0, 0]
  for (let index = 0; index < numbers.length; index++) {
    const high = words[2 * index + HIGH] ?? 0
    const magnitude = high & ~SIGN
    const sign = (high & SIGN) === 0 ? 0 : -1
    const keyHigh = (cutHigh(magnitude, zeros) ^ sign) >>> 0
    const keyLow = (cutLow(magnitude, words[2 * index + LOW] ?? 0, zeros) ^ sign) >>> 0
    if (index % SEGMENT_VALUES > 0) {
      const low = (keyLow - previousLow) | 0
      const difference = (keyHigh - previousHigh - (keyLow < previousLow ? 1 : 0)) | 0
      const fold = difference >> 31
      residuals.low[index] = (low << 1) ^ fold
      residuals.high[index] = ((difference << 1) | (low >>> 31)) ^ fold
    }
    previousHigh = keyHigh
    previousLow = keyLow
  }
  writer.byte(zeros)
  writeTokens(writer, residuals)
}

/** How many zero bits all numbers end in, at most 63. */
function countZeros(words: Uint32Array): number {
  let [high, low] = [0, 0]
  for (let index = 0; index < words.length; index += 2) {
    high |= words[index + HIGH] ?? 0
    low |= words[index + LOW] ?? 0
  }
  if (low !== 0) return 31 - Math.clz32(low & -low)
  const top = high & ~SIGN
  return top === 0 ? 63 : 63 - Math.clz32(top & -top)
}

export class WideReader {
  readonly #zeros: number
  readonly #tokens: TokenReader

  private constructor(zeros: number, tokens: TokenReader) {
    this.#zeros = zeros
    this.#tokens = tokens
  }

  /** @throws DamagedBlock */
  static open(reader: BitReader, count: number): WideReader {
    const zeros = reader.byte()
    if (zeros > 63) throw new DamagedBlock(`Numbers can't end in ${zeros} zeros`)
    return new WideReader(zeros, TokenReader.open(reader, count))
  }

  /** Decodes the numbers of a segment, whose first one is known, into `out` from index `at` on. @throws DamagedBlock */
  decode(segment: number, count: number, first: number, out: Float64Array, at: number): void {
    const words = new Uint32Array(out.buffer, out.byteOffset + at * 8, count * 2)
    this.#tokens.decodeWide(segment, count - 1, words.subarray(2))
    out[at] = first
    const zeros = this.#zeros
    let high = words[HIGH] ?? 0
    let low = words[LOW] ?? 0
    const negative = (high & SIGN) === 0 ? 0 : -1
    low = (cutLow(high & ~SIGN, low, zeros) ^ negative) >>> 0
    high = cutHigh(high & ~SIGN, zeros) ^ negative
    for (let index = 2; index < 2 * count; index += 2) {
      const foldedHigh = words[index + HIGH] ?? 0
      const foldedLow = words[index + LOW] ?? 0
      const fold = -(foldedLow & 1)
      const add = (((foldedLow >>> 1) | (foldedHigh << 31)) ^ fold) >>> 0
      low = (low + add) >>> 0
      high = (high + ((foldedHigh >>> 1) ^ fold) + (low < add ? 1 : 0)) | 0
      const sign = high >> 31
      const topWord = high ^ sign
      const lowWord = low ^ sign
      words[index + LOW] = zeros < 32 ? lowWord << zeros : 0
      words[index + HIGH] =
        (zeros === 0 ? topWord : zeros < 32 ? (topWord << zeros) | (lowWord >>> (32 - zeros)) : lowWord << (zeros - 32)) | (sign & SIGN)
    }
  }
}
