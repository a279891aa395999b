import { BitWriter } from './bit-writer.ts'
import { SEGMENT_VALUES } from './block.ts'
import { assignCodes, measureCodes, writeLengths } from './huffman.ts'
import { writeIntegers } from './packed-column.ts'
import type { Residuals } from './residuals.ts'
import { Alphabet } from './tokens.ts'

const NUMBER = 0
const RUN = 1
const SKIP = 2
/** Shorter runs are written value by value. */
const SHORTEST_RUN = 4
/** The alphabets that are tried: few direct symbols make a small code table, many follow a distribution closely. */
const ALPHABETS = [2, 4, 6, 8].map((bits) => new Alphabet(bits))
/** Its symbols can be converted to those of the others. */
const FINEST = new Alphabet(8)

/** Approximate bits that a symbol takes in the code table. */
const TABLE_COST = 5

/** Residuals as tokens, independent of the alphabet. */
class TokenList {
  readonly kinds: Uint8Array
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** Index of each segment's first token, and the end. */
  readonly starts: number[] = []
  length = 0

  constructor(residuals: Residuals, withRuns: boolean) {
    const { count, skips } = residuals
    const most = skips === undefined ? count : 2 * count
    this.kinds = new Uint8Array(most)
    this.high = new Uint32Array(most)
    this.low = new Uint32Array(most)
    for (let from = 0; from < count; from += SEGMENT_VALUES) {
      this.starts.push(this.length)
      const end = Math.min(count, from + SEGMENT_VALUES)
      for (let index = from + 1; index < end; ) {
        let run = 0
        if (withRuns) while (index + run < end && residuals.repeats(index + run)) run++
        if (run >= SHORTEST_RUN) {
          this.#add(RUN, 0, run)
          index += run
          continue
        }
        const skip = skips?.[index] ?? 0
        if (skip > 0) this.#add(SKIP, Math.floor(skip / 0x100000000), skip % 0x100000000)
        this.#add(NUMBER, residuals.high[index] ?? 0, residuals.low[index] ?? 0)
        index++
      }
    }
    this.starts.push(this.length)
  }

  #add(kind: number, high: number, low: number): void {
    this.kinds[this.length] = kind
    this.high[this.length] = high
    this.low[this.length++] = low
  }

  /** Converts the tokens to symbols of the finest alphabet. */
  toSymbols(): Uint16Array {
    const symbols = new Uint16Array(this.length)
    for (let index = 0; index < symbols.length; index++) {
      const [kind, high, low] = [this.kinds[index], this.high[index] ?? 0, this.low[index] ?? 0]
      if (kind === NUMBER) symbols[index] = FINEST.symbolOf(high, low)
      else if (kind === RUN) symbols[index] = FINEST.firstRun + 31 - Math.clz32(low)
      else symbols[index] = FINEST.firstSkip + (high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(low))
    }
    return symbols
  }
}

interface Plan {
  tokens: TokenList
  /** Symbol of each token in the finest alphabet. */
  symbols: Uint16Array
  alphabet: Alphabet
  counts: Uint32Array
  /** Estimated size in bits. */
  cost: number
}

function planTokens(tokens: TokenList): Plan[] {
  const symbols = tokens.toSymbols()
  const finest = new Uint32Array(FINEST.size)
  for (const symbol of symbols) finest[symbol] = (finest[symbol] ?? 0) + 1
  return ALPHABETS.map((alphabet) => {
    const counts = new Uint32Array(alphabet.size)
    for (let symbol = 0; symbol < finest.length; symbol++) {
      const count = finest[symbol] ?? 0
      if (count > 0) {
        const coarse = alphabet.fromFiner(symbol, FINEST)
        counts[coarse] = (counts[coarse] ?? 0) + count
      }
    }
    return { tokens, symbols, alphabet, counts, cost: estimateBits(alphabet, counts, tokens.length) }
  })
}

function estimateBits(alphabet: Alphabet, counts: Uint32Array, total: number): number {
  const whole = Math.log2(total)
  let [cost, used] = [0, 0]
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol] ?? 0
    if (count === 0) continue
    used++
    // A code takes at least one bit, unless it is the only one.
    const code = count === total ? 0 : Math.max(whole - Math.log2(count), 1)
    cost += count * (alphabet.rawBits(symbol) + code)
  }
  return cost + TABLE_COST * used
}

function findBestPlan(residuals: Residuals): Plan {
  const repeats = residuals.countRepeats()
  const lists = [new TokenList(residuals, false)]
  if (repeats * 4 > residuals.count) lists.push(new TokenList(residuals, true))
  return lists.flatMap(planTokens).reduce((best, other) => (other.cost < best.cost ? other : best))
}

/** Writes the code, then each segment's number of bits, then the bits. */
export function writeTokens(writer: BitWriter, residuals: Residuals): void {
  const best = findBestPlan(residuals)
  writer.byte(best.alphabet.directBits)
  const code = writeCode(writer, best.counts)
  const stream = drawUp(best, code)
  writeIntegers(writer, stream.lengths)
  writer.append(stream.bytes)
}

interface Code {
  lengths: Uint8Array
  codes: Uint16Array
}

/** Writes 0 if no symbol occurs, 1 if only one does, which then takes no bits, or 2 and a table of lengths. */
function writeCode(writer: BitWriter, counts: Uint32Array): Code {
  const first = counts.findIndex((count) => count > 0)
  const last = counts.findLastIndex((count) => count > 0)
  writer.byte(first < 0 ? 0 : first === last ? 1 : 2)
  if (first === last) {
    if (first >= 0) writer.unsigned(first)
    return { lengths: new Uint8Array(counts.length), codes: new Uint16Array(counts.length) }
  }
  const lengths = measureCodes(counts)
  writeLengths(writer, lengths)
  return { lengths, codes: assignCodes(lengths) }
}

function drawUp({ tokens, symbols, alphabet }: Plan, { lengths, codes }: Code): { lengths: number[]; bytes: Uint8Array } {
  const writer = new BitWriter()
  const segments: number[] = []
  const coarse = Uint16Array.from({ length: FINEST.size }, (_, symbol) => alphabet.fromFiner(symbol, FINEST))
  const raw = Uint8Array.from({ length: alphabet.size }, (_, symbol) => alphabet.rawBits(symbol))
  for (let segment = 0; segment + 1 < tokens.starts.length; segment++) {
    const from = writer.position
    const end = tokens.starts[segment + 1] ?? 0
    for (let index = tokens.starts[segment] ?? 0; index < end; index++) {
      const symbol = coarse[symbols[index] ?? 0] ?? 0
      writer.bits(codes[symbol] ?? 0, lengths[symbol] ?? 0)
      const rest = raw[symbol] ?? 0
      if (rest > 0) writer.wideBits(tokens.high[index] ?? 0, tokens.low[index] ?? 0, rest)
    }
    segments.push(writer.position - from)
  }
  return { lengths: segments, bytes: writer.finish() }
}
