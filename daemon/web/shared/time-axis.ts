/** The time axis with the calendar and clock of a zone, including days of 23 and 25 hours. Times in seconds. */
import { edgesOf, type Interval } from '../../../src/base/intervals.ts'
import { TimeZone } from '../../../src/base/time-zone.ts'

const [DAY, YEAR] = [86_400, 365 * 86_400]
/** uPlot's steps that mean months are 30 days and more. */
const MONTH = 30 * DAY
/** There is room for about 30 ticks; more are a mistake. */
const MAX_TICKS = 1_000

/** Times of ticks. @param step the one of uPlot's own steps that fits */
export function ticksOf(zone: string, from: number, to: number, step: number): number[] {
  if (step < 1) return fineTicks(from, to, step)
  const edges = edgesOf(intervalOf(step), TimeZone.named(zone), Math.floor(from * 1e6), Math.ceil(to * 1e6), MAX_TICKS)
  return edges.map((edge) => edge / 1e6).filter((time) => time >= from && time <= to)
}

/** Fractions of a second are the same in all zones. */
function fineTicks(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step)
  const count = Math.min(Math.floor(to / step) - first + 1, MAX_TICKS)
  return Array.from({ length: Math.max(count, 0) }, (_, at) => Math.round((first + at) * step * 1000) / 1000)
}

function intervalOf(step: number): Interval {
  if (step < DAY) return { count: Math.round(step), unit: 's' }
  if (step < MONTH) return { count: Math.round(step / DAY), unit: 'd' }
  return step < YEAR ? { count: Math.round(step / MONTH), unit: 'M' } : { count: Math.round(step / YEAR), unit: 'y' }
}

/**
 * A date for uPlot's labels, whose getters return what a clock in the zone shows. A date in the browser's own zone with the same digits, as
 * uPlot makes it, would be wrong where that zone skips an hour.
 */
export const clockDate = (zone: string, time: number): Date => new ClockDate(time * 1000 + TimeZone.named(zone).offsetAt(time * 1e6) / 1000)

class ClockDate extends Date {
  override getFullYear(): number {
    return this.getUTCFullYear()
  }
  override getMonth(): number {
    return this.getUTCMonth()
  }
  override getDate(): number {
    return this.getUTCDate()
  }
  override getDay(): number {
    return this.getUTCDay()
  }
  override getHours(): number {
    return this.getUTCHours()
  }
  override getMinutes(): number {
    return this.getUTCMinutes()
  }
  override getSeconds(): number {
    return this.getUTCSeconds()
  }
  override getMilliseconds(): number {
    return this.getUTCMilliseconds()
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** What a tick says, in one line: `14:30`, at midnight and in steps of days `3 Mar`. @param step seconds between ticks */
export function labelOf(zone: string, time: number, step: number): string {
  const date = clockDate(zone, time)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (step >= YEAR) return String(date.getFullYear())
  if (step >= 28 * DAY) return `${MONTHS[date.getMonth()] ?? ''} ${date.getFullYear()}`
  const isMidnight = date.getHours() + date.getMinutes() + date.getSeconds() === 0 && step >= 60
  if (step >= DAY || isMidnight) return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ''}`
  const minute = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (step >= 60) return minute
  const second = `${minute}:${two(date.getSeconds())}`
  return step >= 1 ? second : `${second}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
