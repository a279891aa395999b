import { type BlockSummary, countIn, countSegments, SEGMENT_VALUES } from './block.ts'

export type ValueSummary = Pick<BlockSummary, 'min' | 'max' | 'sum' | 'firstValue' | 'lastValue'>

/** Summary of values from..end, `end` exclusive. */
export function summarize(values: Float64Array, from = 0, end = values.length): ValueSummary {
  const firstValue = values[from] ?? 0
  let [min, max, sum] = [firstValue, firstValue, 0]
  for (let index = from; index < end; index++) {
    const value = values[index] ?? 0
    if (value < min) min = value
    if (value > max) max = value
    sum += value
  }
  return { min, max, sum, firstValue, lastValue: values[end - 1] ?? 0 }
}

/** Summary of each segment. */
export function summarizeSegments(values: Float64Array): ValueSummary[] {
  return Array.from({ length: countSegments(values.length) }, (_, segment) => {
    const from = segment * SEGMENT_VALUES
    return summarize(values, from, from + countIn(segment, values.length))
  })
}

/** Reads the values of a block, segment by segment. */
export interface ValueReader {
  summary(segment: number): ValueSummary
  /** Decodes a segment into `out`, from index `at` on. @throws DamagedBlock */
  decode(segment: number, out: Float64Array, at: number): void
}
