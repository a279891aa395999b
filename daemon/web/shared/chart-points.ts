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
/** What is usual is told by so many distances before and after. A sensor may come more often from some day on, or more seldom. */
const AROUND = 10
/** With fewer of them around it, all distances tell. */
const LEAST_AROUND = 3
/** The same in buckets that the range was divided into: an empty distance between neighbouring ones is not a gap. */
const STRETCHES = 1.5

const pausesOf = (points: readonly Point[]): number[] =>
  points.slice(1).map(({ first_timestamp: first }, at) => first - (points[at]?.last_timestamp ?? first))

/** The middle one, the later one of two; 0 of none. */
const middleOf = (pauses: readonly number[]): number => pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0

/** The time without values that is several times the usual distance of all; infinite of two points or fewer. */
const gapOfAll = (pauses: readonly number[], stretch: number): number =>
  pauses.length < 2 ? Number.POSITIVE_INFINITY : Math.max(middleOf(pauses) * PATIENCE, stretch * STRETCHES)

/**
 * For each distance between two points whether it breaks the line: it is several times what is usual there.
 * @param stretch seconds that one point may summarize
 */
function breaksOf(pauses: readonly number[], stretch: number): boolean[] {
  const ofAll = gapOfAll(pauses, stretch)
  return pauses.map((pause, at) => {
    if (pause <= stretch * STRETCHES) return false
    const [before, after] = [pauses.slice(Math.max(0, at - AROUND), at), pauses.slice(at + 1, at + 1 + AROUND)]
    if (before.length + after.length < LEAST_AROUND) return pause > ofAll
    return pause > Math.max(middleOf(before), middleOf(after)) * PATIENCE
  })
}

/**
 * How long a value holds, in seconds: the time without values that breaks a line. Where values come more seldom for a while, as long as
 * lines are drawn there; infinite when too few values tell.
 * @param stretch as for {@link alignPoints}
 */
export function gapOf(points: readonly Point[], stretch: number): number {
  const pauses = pausesOf(points)
  const breaks = breaksOf(pauses, stretch)
  return pauses.reduce((longest, pause, at) => (breaks[at] ? longest : Math.max(longest, pause)), gapOfAll(pauses, stretch))
}

/** A number, null where the line is broken, undefined where only another sequence has a value. */
export type Column = (number | null | undefined)[]

export interface Aligned {
  readonly times: number[]
  /** For each sequence: mean, minimum and maximum. */
  readonly lines: { readonly mean: Column; readonly min: Column; readonly max: Column; readonly at: (Point | undefined)[] }[]
}

/** @param stretch seconds that one point may summarize */
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
  const breaks = breaksOf(pausesOf(points), stretch)
  const marks: { time: number; point: Point | undefined }[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const [at, point] of points.entries()) {
    const before = marks.at(-1)
    const time = timeOf(point)
    // Rounding may give two points that are microseconds apart the same time: keep the later one.
    if (before?.time === time) marks.pop()
    if (before && breaks[at - 1]) marks.push({ time: (last + point.first_timestamp) / 2, point: undefined })
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
