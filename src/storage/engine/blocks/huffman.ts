/**
 * Canonical Huffman codes of at most CODE_BITS bits, as in RFC 1951: shorter codes first, then by symbol; written from the highest bit of
 * the code on.
 */
import type { BitReader } from './bit-reader.ts'
import { readBits } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { DamagedBlock } from './block.ts'

export const CODE_BITS = 11

/** Bits of each symbol's code, 0 if it does not occur. At least two symbols must occur. */
export function measureCodes(counts: Uint32Array): Uint8Array {
  const symbols = [...counts.keys()].filter((symbol) => (counts[symbol] ?? 0) > 0).sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0))
  const lengths = new Uint8Array(counts.length)
  const depths = measureDepths(symbols.map((symbol) => counts[symbol] ?? 0))
  for (const [index, symbol] of symbols.entries()) lengths[symbol] = Math.min(CODE_BITS, depths[index] ?? 0)
  fillCodeSpace(lengths, symbols)
  return lengths
}

/** Depths of the leaves of the Huffman tree; weights must ascend. */
function measureDepths(weights: readonly number[]): Uint8Array {
  const leaves = weights.length
  const nodes = Float64Array.from({ length: 2 * leaves - 1 }, (_, index) => weights[index] ?? 0)
  const parents = new Uint32Array(2 * leaves - 1)
  let [leaf, inner] = [0, leaves]
  for (let next = leaves; next < nodes.length; next++) {
    for (let side = 0; side < 2; side++) {
      const lighter = leaf < leaves && (inner >= next || (nodes[leaf] ?? 0) <= (nodes[inner] ?? 0)) ? leaf++ : inner++
      nodes[next] = (nodes[next] ?? 0) + (nodes[lighter] ?? 0)
      parents[lighter] = next
    }
  }
  const depths = new Uint8Array(nodes.length)
  for (let node = nodes.length - 2; node >= 0; node--) depths[node] = (depths[parents[node] ?? 0] ?? 0) + 1
  return depths
}

/**
 * Makes codes that were cut to CODE_BITS decodable again by lengthening rare ones, then leaves no code unused by shortening frequent ones.
 */
function fillCodeSpace(lengths: Uint8Array, byCount: readonly number[]): void {
  const space = 1 << CODE_BITS
  const share = (symbol: number): number => 1 << (CODE_BITS - (lengths[symbol] ?? 0))
  let used = byCount.reduce((sum, symbol) => sum + share(symbol), 0)
  while (used > space) {
    const longest = byCount
      .filter((symbol) => (lengths[symbol] ?? 0) < CODE_BITS)
      .reduce((a, b) => ((lengths[b] ?? 0) > (lengths[a] ?? 0) ? b : a))
    used -= share(longest) / 2
    lengths[longest] = (lengths[longest] ?? 0) + 1
  }
  while (used < space) {
    const shortened = byCount.findLast((symbol) => used + share(symbol) <= space) ?? 0
    used += share(shortened)
    lengths[shortened] = (lengths[shortened] ?? 0) - 1
  }
}

/** Code of each symbol with its bits reversed, so that a writer that begins with the lowest bit writes the code from its highest. */
export function assignCodes(lengths: Uint8Array): Uint16Array {
  const next = new Uint16Array(CODE_BITS + 2)
  for (const length of lengths) if (length > 0) next[length + 1] = (next[length + 1] ?? 0) + 1
  for (let length = 1; length <= CODE_BITS; length++) next[length + 1] = ((next[length + 1] ?? 0) + (next[length] ?? 0)) << 1
  const codes = new Uint16Array(lengths.length)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0
    if (length === 0) continue
    const code = next[length] ?? 0
    next[length] = code + 1
    codes[symbol] = reverse(code) >>> (16 - length)
  }
  return codes
}

/** Reverses 16 bits. */
function reverse(code: number): number {
  let bits = ((code & 0x5555) << 1) | ((code >>> 1) & 0x5555)
  bits = ((bits & 0x3333) << 2) | ((bits >>> 2) & 0x3333)
  bits = ((bits & 0x0f0f) << 4) | ((bits >>> 4) & 0x0f0f)
  return ((bits & 0xff) << 8) | (bits >>> 8)
}

/** Codes for runs of lengths in the written form. */
const SHORT_ZEROS = 12
const LONG_ZEROS = 13
const REPEAT = 14

/**
 * Writes the lengths up to the last symbol that occurs, 4 bits each. 12 stands for 2 to 17 zeros (4 more bits say how many), 13 for 18 to
 * 273 zeros (8 more bits), 14 repeats the length before 2 to 17 times (4 more bits).
 */
export function writeLengths(writer: BitWriter, lengths: Uint8Array): void {
  const size = lengths.findLastIndex((length) => length > 0) + 1
  writer.unsigned(size)
  for (let symbol = 0; symbol < size; ) {
    const length = lengths[symbol] ?? 0
    let run = 1
    while (symbol + run < size && lengths[symbol + run] === length) run++
    const isRepeat = symbol > 0 && lengths[symbol - 1] === length
    if (run < 2 || (length > 0 && !isRepeat)) {
      run = 1
      writer.bits(length, 4)
    } else if (length > 0 || run < 18) {
      run = Math.min(run, 17)
      writer.bits((length > 0 ? REPEAT : SHORT_ZEROS) | ((run - 2) << 4), 8)
    } else {
      run = Math.min(run, 273)
      writer.bits(LONG_ZEROS | ((run - 18) << 4), 12)
    }
    symbol += run
  }
  writer.align()
}

/** @throws DamagedBlock also when codes are ambiguous, or some sequences of bits are not a code */
export function readLengths(reader: BitReader, symbols: number): Uint8Array {
  const size = reader.unsigned()
  if (size > symbols) throw new DamagedBlock('A code table has too many symbols')
  const lengths = new Uint8Array(size)
  const start = reader.position * 8
  let [position, used] = [start, 0]
  for (let symbol = 0; symbol < size; ) {
    const word = readBits(reader.data, position, 12)
    const code = word & 15
    const isRun = code >= SHORT_ZEROS
    const length = code === REPEAT ? (lengths[symbol - 1] ?? 0) : isRun ? 0 : code
    const run = !isRun ? 1 : code === LONG_ZEROS ? (word >>> 4) + 18 : ((word >>> 4) & 15) + 2
    if (code > REPEAT || symbol + run > size) throw new DamagedBlock('A code table is garbled')
    position += !isRun ? 4 : code === LONG_ZEROS ? 12 : 8
    if (length > 0) {
      lengths.fill(length, symbol, symbol + run)
      used += run << (CODE_BITS - length)
    }
    symbol += run
  }
  if (used !== 1 << CODE_BITS) throw new DamagedBlock('A code table does not fill its code space')
  reader.skip(Math.ceil((position - start) / 8))
  return lengths
}
