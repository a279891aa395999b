/**
 * The symbols that residuals are coded in. A residual r is folded to u = 2r, or -2r - 1 when negative, and written as
 *
 * - a direct symbol, u itself, below 2^directBits;
 * - otherwise a class: the position of the highest bit and the two bits below it; the bits below those follow raw;
 * - a run: the residual before is repeated 1 to 511 times;
 * - a skip, for times on a grid: this many steps without a value come first.
 *
 * Runs and skips are classes of powers of two: symbol c, then c raw bits, makes 2^c + the raw bits.
 */
export const RUN_CLASSES = 9
export const SKIP_CLASSES = 53

export class Alphabet {
  readonly directBits: number
  readonly firstRun: number
  readonly firstClass: number
  readonly firstSkip: number
  readonly size: number

  /** @param directBits 2 to 8 */
  constructor(directBits: number) {
    this.directBits = directBits
    this.firstRun = 1 << directBits
    this.firstClass = this.firstRun + RUN_CLASSES
    this.firstSkip = this.firstClass + (64 - directBits) * 4
    this.size = this.firstSkip + SKIP_CLASSES
  }

  /** The symbol of a folded residual, given as two 32-bit words. */
  symbolOf(high: number, low: number): number {
    if (high === 0) {
      if (low < this.firstRun) return low
      const place = 31 - Math.clz32(low)
      return this.firstClass + (place - this.directBits) * 4 + ((low >>> (place - 2)) & 3)
    }
    const place = 63 - Math.clz32(high)
    const below = place >= 34 ? high >>> (place - 34) : (high << (34 - place)) | (low >>> (place - 2))
    return this.firstClass + (place - this.directBits) * 4 + (below & 3)
  }

  /** Converts a symbol of an alphabet that has at least as many direct bits. */
  fromFiner(symbol: number, finer: Alphabet): number {
    if (symbol < finer.firstRun) return this.symbolOf(0, symbol)
    if (symbol < finer.firstClass) return symbol - finer.firstRun + this.firstRun
    return symbol - finer.size + this.size
  }

  /** Number of raw bits that follow a symbol. */
  rawBits(symbol: number): number {
    if (symbol < this.firstRun) return 0
    if (symbol < this.firstClass) return symbol - this.firstRun
    if (symbol < this.firstSkip) return this.directBits - 2 + ((symbol - this.firstClass) >>> 2)
    return symbol - this.firstSkip
  }
}
