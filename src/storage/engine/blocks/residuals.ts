import { SEGMENT_VALUES } from './block.ts'

/**
 * What remains of a column after prediction, one residual for each value: folded (see tokens.ts), in two 32-bit words. The residual of a
 * segment's first value is unused, since the directory has that value.
 */
export class Residuals {
  readonly count: number
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** Number of steps without a value before each one. */
  readonly skips: Float64Array | undefined

  constructor(count: number, skips?: Float64Array) {
    this.count = count
    this.high = new Uint32Array(count)
    this.low = new Uint32Array(count)
    this.skips = skips
  }

  /** @param residual an integer up to ±2^52 */
  set(index: number, residual: number): void {
    const folded = residual < 0 ? -2 * residual - 1 : 2 * residual
    if (folded < 0x100000000) this.low[index] = folded
    else {
      this.high[index] = Math.floor(folded / 0x100000000)
      this.low[index] = folded % 0x100000000
    }
  }

  /** How many equal their predecessor in the segment (0 for the first one). */
  countRepeats(): number {
    let repeats = 0
    for (let index = 0; index < this.count; index++) if (this.repeats(index)) repeats++
    return repeats
  }

  repeats(index: number): boolean {
    const place = index % SEGMENT_VALUES
    if (place === 0 || (this.skips?.[index] ?? 0) > 0) return false
    if (place === 1) return this.high[index] === 0 && this.low[index] === 0
    return this.high[index] === this.high[index - 1] && this.low[index] === this.low[index - 1]
  }
}
