import { type BlockSummary, BLOCK_VALUES, countIn, countSegments, DamagedBlock, type EncodedNumbers, SEGMENT_VALUES } from './block.ts'
import { beginBlock, closeBlock, endBlock, openBlock } from './block-frame.ts'
import { openTimes, type TimeReader, writeTimes } from './time-column.ts'
import { openValues, writeValues } from './value-column.ts'
import { summarize, type ValueReader } from './value-summary.ts'

/**
 * Encodes numbers, lossless to the bit.
 * @param times strictly ascending safe integers, 1 to BLOCK_VALUES of them
 * @param values finite, one for each time
 */
export function encodeNumbers(times: Float64Array, values: Float64Array): EncodedNumbers {
  checkLengths(times, values)
  const writer = beginBlock('N', times.length)
  writeTimes(writer, times)
  const whole = writeValues(writer, values)
  const summary = { first: times[0] ?? 0, last: times.at(-1) ?? 0, count: times.length, ...whole }
  return { summary, data: endBlock(writer) }
}

function checkLengths(times: Float64Array, values: { length: number }): void {
  if (times.length !== values.length) throw new RangeError(`There are ${times.length} times, but ${values.length} values`)
  if (times.length < 1 || times.length > BLOCK_VALUES)
    throw new RangeError(`A block holds 1 to ${BLOCK_VALUES} values, not ${times.length}`)
}

/** An opened block of numbers. Opening reads its directory; values are decoded segment by segment. */
export class NumberBlock {
  readonly count: number
  readonly segments: number
  readonly #times: TimeReader
  readonly #values: ValueReader

  private constructor(count: number, times: TimeReader, values: ValueReader) {
    this.count = count
    this.segments = countSegments(count)
    this.#times = times
    this.#values = values
  }

  /** @throws DamagedBlock unless kind, version, checksum and lengths are right */
  static open(data: Uint8Array): NumberBlock {
    const { reader, count } = openBlock('N', data)
    const block = new NumberBlock(count, openTimes(reader, count), openValues(reader, count))
    closeBlock(reader)
    return block
  }

  /** Summary of one segment, without decoding it. */
  summary(segment: number): BlockSummary {
    const first = this.#times.first(segment)
    const last = this.#times.last(segment)
    return { first, last, count: countIn(segment, this.count), ...this.#values.summary(segment) }
  }

  /**
   * The first segment whose last time is at or after the given one, which is the one that holds it if any does; `segments` when all end
   * before.
   */
  find(time: number): number {
    let [low, high] = [0, this.segments]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#times.last(middle) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Number of values in segments from..to, `to` exclusive. */
  countIn(from: number, to: number): number {
    return Math.min(this.count, to * SEGMENT_VALUES) - Math.min(this.count, from * SEGMENT_VALUES)
  }

  /** Decodes segments from..to, `to` exclusive, into new arrays. @throws DamagedBlock */
  decode(from = 0, to = this.segments): { times: Float64Array; values: Float64Array } {
    const count = this.countIn(from, to)
    const [times, values] = [new Float64Array(count), new Float64Array(count)]
    this.decodeInto(from, to, times, values, 0)
    return { times, values }
  }

  /**
   * Decodes segments from..to, `to` exclusive, into arrays that must have room for them from index `at` on. @returns how many values
   * @throws DamagedBlock
   */
  decodeInto(from: number, to: number, times: Float64Array, values: Float64Array, at: number): number {
    const count = this.countIn(from, to)
    if (at + count > times.length || at + count > values.length)
      throw new RangeError(`There is no room for ${count} values from index ${at} on`)
    for (let segment = from; segment < to; segment++) {
      const offset = at + (segment - from) * SEGMENT_VALUES
      this.#times.decode(segment, times, offset)
      this.#values.decode(segment, values, offset)
    }
    return count
  }

  /** Decodes everything and compares it with the directory. @throws DamagedBlock */
  check(): void {
    let before = Number.NEGATIVE_INFINITY
    for (let segment = 0; segment < this.segments; segment++) {
      const { times, values } = this.decode(segment, segment + 1)
      for (const time of times) {
        if (!(time > before)) throw new DamagedBlock(`The times of segment ${segment} do not ascend`)
        before = time
      }
      const told = this.summary(segment)
      const found = summarize(values)
      // The sum may be rounded differently when added in another order.
      const tolerance = 1e-9 * values.reduce((sum, value) => sum + Math.abs(value), 0)
      const isSum = told.sum === found.sum || !(Math.abs(told.sum - found.sum) > tolerance)
      const isRight = told.first === times[0] && told.last === times.at(-1) && told.min === found.min && told.max === found.max
      if (!isRight || !isSum || !Object.is(told.firstValue, found.firstValue) || !Object.is(told.lastValue, found.lastValue)) {
        throw new DamagedBlock(`The directory says something else of segment ${segment} than it holds`)
      }
    }
  }
}
