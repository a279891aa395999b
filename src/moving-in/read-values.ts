/** Values of the original's sequences, as they are kept here: one a time, numbers as numbers, and what is none aside. */
import type { Micros } from '../base/time.ts'
import { TEXT, type DataType } from '../wire/resource-types.ts'
import type { Contents } from './contents.ts'
import type { PlannedResource } from './plan-resources.ts'
import { integer, time, type Row, type ServerDatabase } from './source.ts'

export interface MovedPoint {
  readonly time: Micros
  readonly value: number | string
}

export interface MovedValues {
  /** For the sequence itself. */
  readonly points: readonly MovedPoint[]
  /** Texts of a numeric sequence that are no number, or lose digits as one. */
  readonly aside: readonly MovedPoint[]
}

export interface ValueCounts {
  there: number
  /** Stored in the sequence. */
  taken: number
  /** Stored as text beside it. */
  aside: number
  /** Followed by another one of the same time. */
  repeated: number
  /** Without a time, or without content. */
  unreadable: number
}

export const noValues = (): ValueCounts => ({ there: 0, taken: 0, aside: 0, repeated: 0, unreadable: 0 })

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** Reads the values of a numeric or text sequence in the order of their times, some at a time, and counts them. */
export async function* readValues(
  source: ServerDatabase,
  contents: Contents,
  sequence: PlannedResource,
  counts: ValueCounts,
): AsyncGenerator<MovedValues> {
  let last: { time: Micros; text: string } | undefined
  for await (const batch of source.revisions(sequence.id)) {
    const points: MovedPoint[] = []
    const aside: MovedPoint[] = []
    const take = (one: { time: Micros; text: string }): void => {
      const { value, isExact } = convert(one.text, sequence.dataType)
      if (value !== undefined) points.push({ time: one.time, value })
      if (!isExact) aside.push({ time: one.time, value: one.text })
    }
    for (const row of batch) {
      counts.there++
      const next = await readText(contents, sequence, row)
      if (next === undefined) counts.unreadable++
      // The last of a time counts: it came last.
      else if (last?.time === next.time) counts.repeated++
      else if (last) take(last)
      last = next ?? last
    }
    counts.taken += points.length
    counts.aside += aside.length
    yield { points, aside }
  }
  if (!last) return
  const { value, isExact } = convert(last.text, sequence.dataType)
  counts.taken += value === undefined ? 0 : 1
  counts.aside += isExact ? 0 : 1
  yield {
    points: value === undefined ? [] : [{ time: last.time, value }],
    aside: isExact ? [] : [{ time: last.time, value: last.text }],
  }
}

async function readText(contents: Contents, sequence: PlannedResource, row: Row): Promise<{ time: Micros; text: string } | undefined> {
  const at = time(row, 'timestamp')
  const id = integer(row, 'id')
  const data = id === undefined ? undefined : await contents.read(sequence, id, row)
  return at === undefined || !data ? undefined : { time: at, text: new TextDecoder().decode(data).toWellFormed() }
}

/** @returns the value, if the sequence can hold it, and whether it says all that the text says */
function convert(text: string, dataType: DataType | undefined): { value: number | string | undefined; isExact: boolean } {
  if (dataType === TEXT) return { value: text, isExact: true }
  const trimmed = text.trim()
  const number = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN
  if (!Number.isFinite(number)) return { value: undefined, isExact: false }
  return { value: number, isExact: !/^[+-]?\d+$/.test(trimmed) || Number.isSafeInteger(number) }
}
