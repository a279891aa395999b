/** Values as float64. */
import type { BitReader } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { countIn, countSegments, DamagedBlock } from './block.ts'
import { PackedColumn, writeFloats } from './packed-column.ts'
import { summarize, summarizeSegments, type ValueReader, type ValueSummary } from './value-summary.ts'
import { WideReader, writeWide } from './wide-column.ts'

/** @returns the summary of the whole block */
export function writeWideValues(writer: BitWriter, values: Float64Array): ValueSummary {
  const summaries = summarizeSegments(values)
  for (const name of ['firstValue', 'lastValue', 'min', 'max', 'sum'] as const) {
    writeFloats(
      writer,
      summaries.map((summary) => summary[name]),
    )
  }
  writeWide(writer, values)
  return summarize(values)
}

export class WideValues implements ValueReader {
  readonly #count: number
  readonly #firsts: PackedColumn
  readonly #lasts: PackedColumn
  readonly #minima: PackedColumn
  readonly #maxima: PackedColumn
  readonly #sums: PackedColumn
  readonly #floats: WideReader

  constructor(reader: BitReader, count: number) {
    const open = (): PackedColumn => PackedColumn.open(reader, countSegments(count))
    this.#count = count
    this.#firsts = open()
    this.#lasts = open()
    this.#minima = open()
    this.#maxima = open()
    this.#sums = open()
    this.#floats = WideReader.open(reader, count)
  }

  summary(segment: number): ValueSummary {
    return {
      min: this.#minima.get(segment),
      max: this.#maxima.get(segment),
      sum: this.#sums.get(segment),
      firstValue: this.#firsts.get(segment),
      lastValue: this.#lasts.get(segment),
    }
  }

  decode(segment: number, out: Float64Array, at: number): void {
    const count = countIn(segment, this.#count)
    this.#floats.decode(segment, count, this.#firsts.get(segment), out, at)
    if (!Object.is(out[at + count - 1], this.#lasts.get(segment)))
      throw new DamagedBlock(`The values of segment ${segment} end elsewhere than its directory says`)
  }
}
