/** Values as whole numbers at a decimal scale, each predicted from those before it. */
import type { BitReader } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { countIn, countSegments, DamagedBlock, SEGMENT_VALUES } from './block.ts'
import { LARGEST_SCALE } from './decimal-scaling.ts'
import { readNegativeZeros, writeNegativeZeros } from './negative-zeros.ts'
import { PackedColumn, writeFloats, writeIntegers } from './packed-column.ts'
import { Residuals } from './residuals.ts'
import { TokenReader } from './token-reader.ts'
import { writeTokens } from './token-writer.ts'
import { summarize, summarizeSegments, type ValueReader, type ValueSummary } from './value-summary.ts'
import { findUnit, measureBits } from './whole-numbers.ts'

/** How an integer is predicted. */
export const LEVEL = 0 // the origin
export const STEADY = 1 // the same as the one before
export const LINEAR = 2 // the one before, plus the step that led to it
/** Limit of the integers' range, so that residuals stay below 2^52. Wider columns are written as float64. */
const WIDEST = 2 ** 50
/** Limit of the parts of a sum, so that sums of sums are exact, too. */
const LARGEST_SUM = 2 ** 51

/** A column of decimal numbers, which are (origin + unit × counted) / 10^scale. */
export class DecimalColumn {
  readonly scale: number
  readonly power: number
  readonly origin: number
  readonly unit: number
  readonly counted: Float64Array

  private constructor(scale: number, origin: number, unit: number, counted: Float64Array) {
    this.scale = scale
    this.power = 10 ** scale
    this.origin = origin
    this.unit = unit
    this.counted = counted
  }

  /** @returns undefined when the range of the integers is too wide */
  static fit(scale: number, integers: Float64Array): DecimalColumn | undefined {
    const { min, max, firstValue } = summarize(integers)
    if (max - min > WIDEST) return undefined
    const unit = findUnit(integers)
    const origin = firstValue + unit * Math.round((min / 2 + max / 2 - firstValue) / unit)
    return new DecimalColumn(
      scale,
      origin,
      unit,
      integers.map((integer) => (integer - origin) / unit),
    )
  }

  write(writer: BitWriter, values: Float64Array): ValueSummary {
    const summaries = summarizeSegments(this.counted)
    const course = this.#chooseCourse()
    writer.byte(course)
    writer.byte(this.scale)
    writer.signed(this.origin)
    writer.unsigned(this.unit)
    writeIntegers(
      writer,
      summaries.map(({ firstValue }, segment) => firstValue - (segment === 0 ? 0 : (this.counted[segment * SEGMENT_VALUES - 1] ?? 0))),
    )
    writeIntegers(
      writer,
      summaries.map(({ lastValue, firstValue }) => lastValue - firstValue),
    )
    writeIntegers(
      writer,
      summaries.map(({ firstValue, min }) => firstValue - min),
    )
    writeIntegers(
      writer,
      summaries.map(({ firstValue, max }) => max - firstValue),
    )
    const sums = summaries.map(({ sum, firstValue }, segment) => sum - firstValue * countIn(segment, values.length))
    const isExact =
      summaries.every(({ sum }, segment) => this.#sum(sum, countIn(segment, values.length)) !== undefined) &&
      sums.every((sum) => Math.abs(sum) <= LARGEST_SUM)
    writer.byte(isExact ? 1 : 0)
    if (isExact) writeIntegers(writer, sums)
    else
      writeFloats(
        writer,
        summarizeSegments(values).map(({ sum }) => sum),
      )
    writeNegativeZeros(writer, values)
    writeTokens(writer, this.#predict(course))
    const whole = summarize(values)
    return { ...whole, sum: this.#sum(summarize(this.counted).sum, values.length) ?? whole.sum }
  }

  /** The sum of `count` values, given the sum of their counted numbers; undefined when it is too large to be exact. */
  #sum(sum: number, count: number): number | undefined {
    const parts = [sum, count * this.origin, this.unit * sum, count * this.origin + this.unit * sum]
    return parts.every((part) => Math.abs(part) <= LARGEST_SUM) ? (count * this.origin + this.unit * sum) / this.power : undefined
  }

  #chooseCourse(): number {
    const costs = [0, 0, 0]
    const { counted } = this
    for (let index = 1; index < counted.length; index++) {
      const value = counted[index] ?? 0
      const step = value - (counted[index - 1] ?? 0)
      const stepBefore = index > 1 ? (counted[index - 1] ?? 0) - (counted[index - 2] ?? 0) : 0
      costs[LEVEL] = (costs[LEVEL] ?? 0) + measureBits(value)
      costs[STEADY] = (costs[STEADY] ?? 0) + measureBits(step)
      costs[LINEAR] = (costs[LINEAR] ?? 0) + measureBits(step - stepBefore)
    }
    return [STEADY, LEVEL, LINEAR].reduce((best, course) => ((costs[course] ?? 0) < (costs[best] ?? 0) ? course : best))
  }

  #predict(course: number): Residuals {
    const { counted } = this
    const residuals = new Residuals(counted.length)
    let step = 0
    for (let index = 0; index < counted.length; index++) {
      if (index % SEGMENT_VALUES === 0) {
        step = 0
        continue
      }
      const value = counted[index] ?? 0
      const next = value - (counted[index - 1] ?? 0)
      residuals.set(index, course === LEVEL ? value : course === STEADY ? next : next - step)
      step = next
    }
    return residuals
  }
}

export class DecimalValues implements ValueReader {
  readonly #count: number
  readonly #course: number
  readonly #power: number
  readonly #origin: number
  readonly #unit: number
  /** First counted number of each segment. The columns below are relative to it. */
  readonly #firsts: Float64Array
  readonly #lasts: PackedColumn
  readonly #minima: PackedColumn
  readonly #maxima: PackedColumn
  readonly #sums: PackedColumn
  readonly #isExact: boolean
  readonly #negativeZeros: readonly number[]
  readonly #tokens: TokenReader

  constructor(reader: BitReader, count: number, course: number) {
    const segments = countSegments(count)
    this.#count = count
    this.#course = course
    const scale = reader.byte()
    if (scale > LARGEST_SCALE) throw new DamagedBlock(`Values have ${scale} decimals`)
    this.#power = 10 ** scale
    this.#origin = reader.signed()
    this.#unit = reader.unsigned()
    const jumps = PackedColumn.open(reader, segments)
    this.#lasts = PackedColumn.open(reader, segments)
    this.#minima = PackedColumn.open(reader, segments)
    this.#maxima = PackedColumn.open(reader, segments)
    this.#isExact = reader.byte() === 1
    this.#sums = PackedColumn.open(reader, segments)
    this.#negativeZeros = readNegativeZeros(reader, count)
    this.#tokens = TokenReader.open(reader, count)
    this.#firsts = new Float64Array(segments)
    let last = 0
    for (let segment = 0; segment < segments; segment++) {
      const first = last + jumps.get(segment)
      this.#firsts[segment] = first
      last = first + this.#lasts.get(segment)
    }
  }

  #value(counted: number): number {
    return (this.#origin + this.#unit * counted) / this.#power
  }

  /** The value, with the sign of a zero, which depends on its index. */
  #signed(counted: number, index: number): number {
    const value = this.#value(counted)
    return value === 0 && this.#negativeZeros.includes(index) ? -0 : value
  }

  summary(segment: number): ValueSummary {
    const first = this.#firsts[segment] ?? 0
    const count = countIn(segment, this.#count)
    const sum = this.#sums.get(segment)
    return {
      min: this.#value(first - this.#minima.get(segment)),
      max: this.#value(first + this.#maxima.get(segment)),
      sum: this.#isExact ? (count * this.#origin + this.#unit * (sum + first * count)) / this.#power : sum,
      firstValue: this.#signed(first, segment * SEGMENT_VALUES),
      lastValue: this.#signed(first + this.#lasts.get(segment), segment * SEGMENT_VALUES + count - 1),
    }
  }

  decode(segment: number, out: Float64Array, at: number): void {
    const count = countIn(segment, this.#count)
    const [origin, unit, power] = [this.#origin, this.#unit, this.#power]
    const first = this.#firsts[segment] ?? 0
    const end = at + count
    this.#tokens.decode(segment, count - 1, out, at + 1)
    out[at] = (origin + unit * first) / power
    if (this.#course === LEVEL) {
      for (let index = at + 1; index < end; index++) out[index] = (origin + unit * (out[index] ?? 0)) / power
    } else if (this.#course === STEADY) {
      let value = first
      for (let index = at + 1; index < end; index++) {
        value += out[index] ?? 0
        out[index] = (origin + unit * value) / power
      }
    } else {
      let [value, step] = [first, 0]
      for (let index = at + 1; index < end; index++) {
        step += out[index] ?? 0
        value += step
        out[index] = (origin + unit * value) / power
      }
    }
    if (out[end - 1] !== this.#value(first + this.#lasts.get(segment)))
      throw new DamagedBlock(`The values of segment ${segment} end elsewhere than its directory says`)
    if (this.#negativeZeros.length > 0) this.#restoreZeros(segment * SEGMENT_VALUES, count, out, at)
  }

  #restoreZeros(from: number, count: number, out: Float64Array, at: number): void {
    for (const place of this.#negativeZeros) {
      if (place < from || place >= from + count) continue
      if (out[at + place - from] !== 0) throw new DamagedBlock(`Value ${place} should be zero`)
      out[at + place - from] = -0
    }
  }
}
