/**
 * For few values that occur often, such as voltages computed from the counts of a converter: stores the distinct ones in ascending order,
 * and for each value its index among them, as a decimal column of scale 0.
 */
import type { BitReader } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { countIn, countSegments, DamagedBlock, SEGMENT_VALUES } from './block.ts'
import { DecimalColumn, DecimalValues, LINEAR } from './decimal-values.ts'
import { PackedColumn, writeFloats } from './packed-column.ts'
import { summarize, summarizeSegments, type ValueReader, type ValueSummary } from './value-summary.ts'
import { WideReader, writeWide } from './wide-column.ts'

/** A dictionary is worth it only when its values occur several times on average. */
const LEAST_REPEATS = 3

export interface Dictionary {
  distinct: Float64Array
  places: Float64Array
}

/** @returns undefined when most values differ, or one is -0, which a dictionary can't tell from 0 */
export function findDictionary(values: Float64Array): Dictionary | undefined {
  const seen = new Set<number>()
  for (const value of values) {
    seen.add(value)
    if (seen.size * LEAST_REPEATS > values.length || Object.is(value, -0)) return undefined
  }
  const distinct = Float64Array.from(seen).sort()
  const places = new Map<number, number>()
  for (const [place, value] of distinct.entries()) places.set(value, place)
  return { distinct, places: values.map((value) => places.get(value) ?? 0) }
}

/** @returns the summary of the whole block */
export function writeDictionaryValues(writer: BitWriter, values: Float64Array, { distinct, places }: Dictionary): ValueSummary {
  writer.unsigned(distinct.length)
  writeFloats(
    writer,
    [...distinct].filter((_, index) => index % SEGMENT_VALUES === 0),
  )
  writeWide(writer, distinct)
  writeFloats(
    writer,
    summarizeSegments(values).map(({ sum }) => sum),
  )
  DecimalColumn.fit(0, places)?.write(writer, places)
  return summarize(values)
}

export class DictionaryValues implements ValueReader {
  readonly #count: number
  readonly #size: number
  readonly #firsts: PackedColumn
  readonly #floats: WideReader
  readonly #sums: PackedColumn
  readonly #places: DecimalValues
  #distinct: Float64Array | undefined

  constructor(reader: BitReader, count: number) {
    this.#count = count
    this.#size = reader.unsigned()
    if (this.#size < 1 || this.#size > count) throw new DamagedBlock(`${count} values can't have ${this.#size} distinct ones`)
    this.#firsts = PackedColumn.open(reader, countSegments(this.#size))
    this.#floats = WideReader.open(reader, this.#size)
    this.#sums = PackedColumn.open(reader, countSegments(count))
    const course = reader.byte()
    if (course > LINEAR) throw new DamagedBlock(`There is no course ${course}`)
    this.#places = new DecimalValues(reader, count, course)
  }

  #lookUp(): Float64Array {
    if (this.#distinct !== undefined) return this.#distinct
    const distinct = new Float64Array(this.#size)
    for (let segment = 0; segment < countSegments(this.#size); segment++) {
      this.#floats.decode(segment, countIn(segment, this.#size), this.#firsts.get(segment), distinct, segment * SEGMENT_VALUES)
    }
    return (this.#distinct = distinct)
  }

  #value(place: number): number {
    const value = this.#lookUp()[place]
    if (value === undefined) throw new DamagedBlock(`There is no distinct value ${place}`)
    return value
  }

  summary(segment: number): ValueSummary {
    const { min, max, firstValue, lastValue } = this.#places.summary(segment)
    return {
      min: this.#value(min),
      max: this.#value(max),
      sum: this.#sums.get(segment),
      firstValue: this.#value(firstValue),
      lastValue: this.#value(lastValue),
    }
  }

  decode(segment: number, out: Float64Array, at: number): void {
    const distinct = this.#lookUp()
    const end = at + countIn(segment, this.#count)
    this.#places.decode(segment, out, at)
    for (let index = at; index < end; index++) {
      const place = out[index] ?? 0
      const value = distinct[place]
      if (value === undefined) throw new DamagedBlock(`There is no distinct value ${place}`)
      out[index] = value
    }
  }
}
