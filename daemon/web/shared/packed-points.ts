/** Points of a chart in a compact form for the browser: a fifth of the API's full form. */
import type { Point } from './chart-points.ts'

export interface PackedPoints {
  /** Microseconds since 1970; the times are relative to it. */
  readonly start: number
  /** `[time, value]` for one value; `[first, last, min, max, mean, count]` for several. Times in microseconds. */
  readonly points: readonly (readonly number[])[]
  /** The value at the last time, where the last point sums up several. */
  readonly newest?: number
}

/** Digits of a mean: more than a chart or its table can show. */
const DIGITS = 10

interface Summed {
  readonly lastValue: number
  readonly first: number
  readonly last: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly count: number
}

/** The largest number would become an infinity, which JSON does not have. */
function roundMean(mean: number): number {
  const rounded = Number(mean.toPrecision(DIGITS))
  return Number.isFinite(rounded) ? rounded : mean
}

/** @param summed times in microseconds */
export function packPoints(summed: readonly Summed[]): PackedPoints {
  const start = summed[0]?.first ?? 0
  const last = summed.at(-1)
  return {
    start,
    ...(last && last.count > 1 ? { newest: last.lastValue } : {}),
    points: summed.map(({ first, last, min, max, mean, count }) =>
      count === 1 ? [first - start, min] : [first - start, last - start, min, max, roundMean(mean), count],
    ),
  }
}

export function unpackPoints({ start, points, newest }: PackedPoints): Point[] {
  return points.map(([first = 0, second = 0, min = second, max = second, mean = second, count = 1], at) => {
    const last = count === 1 ? first : second
    const point = { first_timestamp: (start + first) / 1e6, last_timestamp: (start + last) / 1e6, min, max, mean, count }
    return newest !== undefined && at === points.length - 1 ? { ...point, newest } : point
  })
}
