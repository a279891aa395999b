/** Points of several sequences on one time axis, with gaps where values are missing. No DOM. */
import { convert, type Conversion } from '../../../src/base/units.ts'

/** The API's summary of a bucket that has values; times in seconds. See docs/api.md, `max_points`. */
export interface Point {
  readonly first_timestamp: number
  readonly last_timestamp: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly count: number
  /** Of the last point, when it sums up several values: the value at its last time. */
  readonly newest?: number
}

export const pointOf = (time: number, value: number): Point => ({
  first_timestamp: time,
  last_timestamp: time,
  min: value,
  max: value,
  mean: value,
  count: 1,
})

/** Points in other units; the same list where there is nothing to convert. */
export function convertPoints(points: Point[], conversion: Conversion | undefined): Point[] {
  if (!conversion) return points
  return points.map(({ min, max, mean, newest, ...others }) => ({
    ...others,
    min: convert(conversion, min),
    max: convert(conversion, max),
    mean: convert(conversion, mean),
    ...(newest === undefined ? {} : { newest: convert(conversion, newest) }),
  }))
}

export const timeOf = ({ first_timestamp: first, last_timestamp: last }: Point): number => (first + last) / 2

/** How many times the usual distance must pass without a value for a gap. */
const PATIENCE = 5
/** The same in buckets that the range was divided into: an empty distance between neighbouring ones is not a gap. */
const STRETCHES = 1.5

/**
 * The time without values that breaks a line: several times the usual distance between values of this sequence.
 * @param stretch seconds that one point may summarize
 */
export function gapOf(points: readonly Point[], stretch: number): number {
  const pauses = points.slice(1).map(({ first_timestamp: first }, at) => first - (points[at]?.last_timestamp ?? first))
  if (pauses.length < 2) return Number.POSITIVE_INFINITY
  pauses.sort((a, b) => a - b)
  return Math.max((pauses[Math.floor(pauses.length / 2)] ?? 0) * PATIENCE, stretch * STRETCHES)
}

/** A number, null where the line is broken, undefined where only another sequence has a value. */
export type Column = (number | null | undefined)[]

export interface Aligned {
  readonly times: number[]
  /** For each sequence: mean, minimum and maximum. */
  readonly lines: { readonly mean: Column; readonly min: Column; readonly max: Column; readonly at: (Point | undefined)[] }[]
}

/** @param stretch as for {@link gapOf} */
export function alignPoints(sequences: readonly (readonly Point[])[], stretch: number): Aligned {
  const marks = sequences.map((points) => markGaps(points, stretch))
  const times = [...new Set(marks.flatMap((list) => list.map(({ time }) => time)))].sort((a, b) => a - b)
  const lines = marks.map((list) => {
    const line: { mean: Column; min: Column; max: Column; at: (Point | undefined)[] } = { mean: [], min: [], max: [], at: [] }
    let next = 0
    for (const time of times) {
      const mark = list[next]?.time === time ? list[next++] : undefined
      const point = mark?.point
      const none = mark ? null : undefined
      line.mean.push(point ? point.mean : none)
      line.min.push(point ? point.min : none)
      line.max.push(point ? point.max : none)
      line.at.push(point)
    }
    return line
  })
  return { times, lines }
}

function markGaps(points: readonly Point[], stretch: number): { time: number; point: Point | undefined }[] {
  const gap = gapOf(points, stretch)
  const marks: { time: number; point: Point | undefined }[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const point of points) {
    const before = marks.at(-1)
    const time = timeOf(point)
    // Rounding may give two points that are microseconds apart the same time: keep the later one.
    if (before?.time === time) marks.pop()
    if (before && point.first_timestamp - last > gap) marks.push({ time: (last + point.first_timestamp) / 2, point: undefined })
    marks.push({ time, point })
    last = point.last_timestamp
  }
  return marks
}

/** Adds a new value; false when it belongs before others, so that all points must be fetched again. */
export function appendValue(points: Point[], time: number, value: number): boolean {
  const last = points.at(-1)
  if (last && time < last.last_timestamp) return false
  if (last?.count === 1 && last.last_timestamp === time) points.pop()
  points.push(pointOf(time, value))
  return true
}

/** An axis with the ends that somebody fixed: the other end moves where both would be the wrong way round. */
export function fixRange(
  [low, high]: [number, number],
  min: number | undefined,
  max: number | undefined,
  isLog: boolean,
): [number, number] {
  const [from, to] = [isLog && min !== undefined && min <= 0 ? undefined : min, isLog && max !== undefined && max <= 0 ? undefined : max]
  if (from !== undefined && to !== undefined) return [from, to]
  if (from !== undefined) return [from, high > from ? high : isLog ? from * 10 : from + 1]
  if (to !== undefined) return [low < to ? low : isLog ? to / 10 : to - 1, to]
  return [low, high]
}
