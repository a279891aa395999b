/** Times of a block, strictly ascending. */
import type { BitReader } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { countIn, countSegments, DamagedBlock } from './block.ts'
import { fitGrid } from './grid-fit.ts'
import { PackedColumn, writeFloats, writeIntegers } from './packed-column.ts'
import { Residuals } from './residuals.ts'
import { eachSegment, findDistances, fitDistances, type TimeFit } from './time-fit.ts'
import { TokenReader } from './token-reader.ts'
import { writeTokens } from './token-writer.ts'
import { findUnit } from './whole-numbers.ts'
import { WideReader, writeWide } from './wide-column.ts'

const GRID = 0
const DISTANCES = 1
const WIDE = 2
/** Longer ranges, in microseconds, are written as float64, since their sums would not be exact. */
const LONGEST = 2 ** 50

export function writeTimes(writer: BitWriter, times: Float64Array): void {
  const origin = times[0] ?? 0
  if ((times.at(-1) ?? 0) - origin > LONGEST) {
    writer.byte(WIDE)
    const segments = [...eachSegment(times.length)]
    writeFloats(
      writer,
      segments.map(({ from }) => times[from] ?? 0),
    )
    writeFloats(
      writer,
      segments.map(({ end }) => times[end - 1] ?? 0),
    )
    writeWide(writer, times)
    return
  }
  const unit = findUnit(times)
  const counted = times.map((time) => (time - origin) / unit)
  const distances = findDistances(counted)
  const grid = fitGrid(counted, distances)
  const steps = fitDistances(counted, distances)
  const fit = grid.cost <= steps.cost ? grid : steps
  writer.byte(fit === grid ? GRID : DISTANCES)
  writer.signed(origin)
  writer.unsigned(unit)
  writer.byte(fit.fractionBits)
  writeDirectory(writer, counted, fit)
  if (fit === grid)
    writeIntegers(
      writer,
      [...eachSegment(times.length)].map(({ from }) => fit.residuals[from] ?? 0),
    )
  const residuals = new Residuals(times.length, fit.skips)
  for (let index = 0; index < times.length; index++) residuals.set(index, fit.residuals[index] ?? 0)
  writeTokens(writer, residuals)
}

/** Writes the step of each segment; how much farther than a step it begins after the one before; how much longer it is than its steps. */
function writeDirectory(writer: BitWriter, counted: Float64Array, { steps, fractionBits }: TimeFit): void {
  const scale = 2 ** fractionBits
  const [gaps, lengths]: [number[], number[]] = [[], []]
  for (const { segment, from, end } of eachSegment(counted.length)) {
    const step = steps[segment] ?? 0
    const [first, last] = [counted[from] ?? 0, counted[end - 1] ?? 0]
    gaps.push(from === 0 ? 0 : first - (counted[from - 1] ?? 0) - Math.floor(step / scale))
    lengths.push(last - first - Math.floor(((end - from - 1) * step) / scale))
  }
  writeIntegers(writer, steps)
  writeIntegers(writer, gaps)
  writeIntegers(writer, lengths)
}

/** Reads the times of a block, segment by segment. */
export interface TimeReader {
  first(segment: number): number
  last(segment: number): number
  /** Decodes a segment into `out`, from index `at` on. @throws DamagedBlock */
  decode(segment: number, out: Float64Array, at: number): void
}

/** @throws DamagedBlock */
export function openTimes(reader: BitReader, count: number): TimeReader {
  const kind = reader.byte()
  if (kind === WIDE) return new WideTimes(reader, count)
  if (kind > WIDE) throw new DamagedBlock(`There are no times of kind ${kind}`)
  return new SteppedTimes(reader, count, kind === GRID)
}

class SteppedTimes implements TimeReader {
  readonly #count: number
  readonly #origin: number
  readonly #unit: number
  readonly #scale: number
  readonly #steps: PackedColumn
  /** In units since the origin. */
  readonly #firsts: Float64Array
  readonly #lasts: Float64Array
  /** Distance of each segment's first time from the grid; undefined: each time is relative to the one before. */
  readonly #offGrid: PackedColumn | undefined
  readonly #tokens: TokenReader

  constructor(reader: BitReader, count: number, isGrid: boolean) {
    this.#count = count
    this.#origin = reader.signed()
    this.#unit = reader.unsigned()
    this.#scale = 2 ** reader.byte()
    const segments = countSegments(count)
    this.#steps = PackedColumn.open(reader, segments)
    const gaps = PackedColumn.open(reader, segments)
    const lengths = PackedColumn.open(reader, segments)
    this.#offGrid = isGrid ? PackedColumn.open(reader, segments) : undefined
    this.#tokens = TokenReader.open(reader, count)
    this.#firsts = new Float64Array(segments)
    this.#lasts = new Float64Array(segments)
    let last = 0
    for (let segment = 0; segment < segments; segment++) {
      const step = this.#steps.get(segment)
      const first = segment === 0 ? 0 : last + Math.floor(step / this.#scale) + gaps.get(segment)
      last = first + Math.floor(((countIn(segment, count) - 1) * step) / this.#scale) + lengths.get(segment)
      this.#firsts[segment] = first
      this.#lasts[segment] = last
    }
  }

  first(segment: number): number {
    return this.#origin + this.#unit * (this.#firsts[segment] ?? 0)
  }

  last(segment: number): number {
    return this.#origin + this.#unit * (this.#lasts[segment] ?? 0)
  }

  decode(segment: number, out: Float64Array, at: number): void {
    const count = countIn(segment, this.#count)
    const [origin, unit, scale, step] = [this.#origin, this.#unit, this.#scale, this.#steps.get(segment)]
    const first = this.#firsts[segment] ?? 0
    const end = at + count
    this.#tokens.decode(segment, count - 1, out, at + 1, step, scale)
    out[at] = origin + unit * first
    if (this.#offGrid === undefined) {
      let time = first
      for (let index = at + 1; index < end; index++) {
        time += step + (out[index] ?? 0)
        out[index] = origin + unit * time
      }
    } else {
      const grid = first - this.#offGrid.get(segment)
      if (scale === 1)
        for (let index = at + 1; index < end; index++) out[index] = origin + unit * (grid + (index - at) * step + (out[index] ?? 0))
      else
        for (let index = at + 1; index < end; index++)
          out[index] = origin + unit * (grid + Math.floor(((index - at) * step) / scale) + (out[index] ?? 0))
    }
    if (out[end - 1] !== this.last(segment)) throw new DamagedBlock(`The times of segment ${segment} end elsewhere than its directory says`)
  }
}

class WideTimes implements TimeReader {
  readonly #count: number
  readonly #firsts: PackedColumn
  readonly #lasts: PackedColumn
  readonly #floats: WideReader

  constructor(reader: BitReader, count: number) {
    this.#count = count
    this.#firsts = PackedColumn.open(reader, countSegments(count))
    this.#lasts = PackedColumn.open(reader, countSegments(count))
    this.#floats = WideReader.open(reader, count)
  }

  first(segment: number): number {
    return this.#firsts.get(segment)
  }

  last(segment: number): number {
    return this.#lasts.get(segment)
  }

  decode(segment: number, out: Float64Array, at: number): void {
    const count = countIn(segment, this.#count)
    this.#floats.decode(segment, count, this.first(segment), out, at)
    if (out[at + count - 1] !== this.last(segment))
      throw new DamagedBlock(`The times of segment ${segment} end elsewhere than its directory says`)
  }
}
