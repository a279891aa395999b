/**
 * Intervals such as `5m`, `1d` or `1M`, and their edges in a range of time. Edges of seconds, minutes and hours are at whole multiples on
 * the zone's own clock, so that an hour in Kathmandu begins when a clock there shows a full hour. Days, weeks (from Monday), months and
 * years follow the zone's calendar: a day has 23, 24 or 25 hours.
 */
import { invalid } from './fault.ts'
import { quote } from './quote.ts'
import { DAY, HOUR, MINUTE, SECOND, type Micros } from './time.ts'
import type { TimeZone } from './time-zone.ts'

type Unit = 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'y'

export interface Interval {
  readonly count: number
  readonly unit: Unit
}

const LENGTHS: Record<Unit, Micros> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY, M: 30 * DAY, y: 365 * DAY }
/** Maximum length in seconds, minutes and hours; longer intervals have to use calendar units. */
const MAX_FIXED = 366 * DAY
const MAX_COUNT = 1_000
/** 1970-01-01 was a Thursday. */
const MONDAY = -3

/** @throws Fault invalid naming the field */
export function parseInterval(text: string, field = 'interval'): Interval {
  const match = /^(\d{1,9})([smhdwMy])$/.exec(text)
  const [count, unit] = [Number(match?.[1]), match?.[2] as Unit]
  if (!match || count < 1)
    throw invalid(
      `${field} is ${quote(text)}; write a number and a unit: s, m (minutes), h, d, w, M (months) or y, such as 10s, 5m, 1h, 1d or 1M.`,
    )
  const isFixed = unit === 's' || unit === 'm' || unit === 'h'
  if (isFixed ? count * LENGTHS[unit] > MAX_FIXED : count > MAX_COUNT)
    throw invalid(
      `${field} is ${quote(text)}; at most ` +
        `${isFixed ? `${MAX_FIXED / LENGTHS[unit]}${unit}: give longer ones in days, weeks, months or years` : `${MAX_COUNT}${unit}`}.`,
    )
  return { count, unit }
}

/** Its approximate length: months and years vary, and so do days when clocks are put forward or back. */
export const lengthOf = ({ count, unit }: Interval): Micros => count * LENGTHS[unit]

/**
 * The edges of the buckets that contain `start` to `end`, both inclusive: ascending, the first at or before `start`, the last after `end`,
 * all others in between.
 * @param limit maximum number of buckets
 * @throws Fault invalid when there would be more
 */
export function edgesOf(interval: Interval, zone: TimeZone, start: Micros, end: Micros, limit: number): Micros[] {
  const finding = findEdges(interval, zone, start, end, limit)
  for (;;) {
    const found = finding.next()
    if (found.done === true) return found.value
  }
}

/** As {@link edgesOf}, with a pause after some edges each: finding many days in a zone takes half a second. */
export function* findEdges(interval: Interval, zone: TimeZone, start: Micros, end: Micros, limit: number): Generator<void, Micros[]> {
  const { count, unit } = interval
  const expected = Math.ceil((end - start) / lengthOf(interval))
  // There may be a few more than expected, because of days of 23 hours and months of 28 days.
  if (expected > limit) throw tooMany(interval, expected, limit)
  const edges =
    unit === 's' || unit === 'm' || unit === 'h'
      ? yield* fixedEdges(count * LENGTHS[unit], zone, start, end)
      : yield* calendarEdges(interval, zone, start, end)
  if (edges.length - 1 > limit) throw tooMany(interval, edges.length - 1, limit)
  return edges
}

const tooMany = ({ count, unit }: Interval, expected: number, limit: number): Error =>
  invalid(
    `interval ${count}${unit} makes ${expected} buckets of this range; at most ${limit} are given at once. Ask for a longer ` +
      'interval, or for a shorter range between start_timestamp and end_timestamp.',
  )

/** Edges that are found between two pauses: some tenths of a millisecond. */
const STEP = 200

function* fixedEdges(length: Micros, zone: TimeZone, start: Micros, end: Micros): Generator<void, Micros[]> {
  const edges: Micros[] = []
  // Where the clock is put forward, up to a day may be missing between two edges.
  for (const { from, to, offset } of zone.stretches(start - length - 2 * DAY, end + length + 2 * DAY)) {
    for (let edge = Math.ceil((from + offset) / length) * length - offset; edge < to; edge += length) {
      if (edge <= start) edges.length = 0
      edges.push(edge)
      if (edge > end) return edges
      if (edges.length % STEP === 0) yield
    }
  }
  throw new Error(`no edge found after ${end} in ${zone.name}`)
}

function* calendarEdges({ count, unit }: Interval, zone: TimeZone, start: Micros, end: Micros): Generator<void, Micros[]> {
  const { indexOf, localOf } = calendars[unit as keyof typeof calendars]
  const edges: Micros[] = []
  for (let index = Math.floor(indexOf(start + zone.offsetAt(start)) / count) * count; ; index += count) {
    const edge = zone.instantOf(localOf(index))
    // A day that a place skipped has the same edge as the next one.
    if (edge === edges.at(-1)) continue
    if (edge <= start) edges.length = 0
    edges.push(edge)
    if (edge > end) return edges
    if (edges.length % STEP === 0) yield
  }
}

/** Numbers days, weeks, months and years by local time, and returns the local time at which one begins. */
const calendars: Record<'d' | 'w' | 'M' | 'y', { indexOf: (local: Micros) => number; localOf: (index: number) => Micros }> = {
  d: { indexOf: (local) => Math.floor(local / DAY), localOf: (index) => index * DAY },
  w: { indexOf: (local) => Math.floor((local / DAY - MONDAY) / 7), localOf: (index) => (index * 7 + MONDAY) * DAY },
  M: {
    indexOf: (local) => {
      const date = new Date(Math.floor(local / 1000))
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    },
    localOf: (index) => monthStart(Math.floor(index / 12), index - Math.floor(index / 12) * 12),
  },
  y: { indexOf: (local) => new Date(Math.floor(local / 1000)).getUTCFullYear(), localOf: (index) => monthStart(index, 0) },
}

/** Not Date.UTC, which takes years below 100 for years of the twentieth century. */
const monthStart = (year: number, month: number): Micros => new Date(0).setUTCFullYear(year, month, 1) * 1000
