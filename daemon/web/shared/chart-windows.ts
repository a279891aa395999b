/** Windows of time that a chart moves by: whole days and weeks of a zone's calendar, or its own length. Times in seconds. No DOM. */
import { edgesOf, type Interval } from '../../../src/base/intervals.ts'
import { DAY } from '../../../src/base/time.ts'
import { TimeZone } from '../../../src/base/time-zone.ts'
import { followSpan, moveSpan, type ChartState, type Span } from './chart-state.ts'

export type Calendar = 'today' | 'yesterday' | 'this-week'

/** Whether a range of a chart is one of the calendar. */
export const isCalendar = (range: string): range is Calendar => range === 'today' || range === 'yesterday' || range === 'this-week'

/** From midnight to midnight on the zone's clock: days of 23 and 25 hours are as long as they are; a week begins on Monday. */
export function calendarSpan(calendar: Calendar, now: number, zone: string): Span {
  if (calendar === 'yesterday') return moveWindow(calendarSpan('today', now, zone), -1, zone)
  const interval: Interval = { count: 1, unit: calendar === 'today' ? 'd' : 'w' }
  const [from = 0, to = 0] = edgesOf(interval, TimeZone.named(zone), now * 1e6, now * 1e6, 2)
  return { from: from / 1e6, to: to / 1e6 }
}

/** What a chart in that state shows: a fixed span, days of the calendar, or what leads to the newest value. */
export const wantedSpan = (
  { span, range }: Pick<ChartState, 'span' | 'range'>,
  { zone, ...known }: Parameters<typeof followSpan>[1] & { readonly zone: string },
): Span => span ?? (isCalendar(range) ? calendarSpan(range, known.now, zone) : followSpan(range, known))

/** The window after (1) or before (-1) this one: as many calendar days where it begins and ends at midnight, else as many seconds. */
export function moveWindow(span: Span, direction: 1 | -1, zone: string): Span {
  const [from, to] = [dayOf(span.from, zone), dayOf(span.to, zone)]
  if (from === undefined || to === undefined) return moveSpan(span, direction)
  const days = (to - from) * direction
  return { from: midnightOf(from + days, zone), to: midnightOf(to + days, zone) }
}

/** The number of the day that begins at that time; undefined when none does. */
function dayOf(time: number, zone: string): number | undefined {
  const micros = Math.round(time * 1e6)
  const day = Math.round((micros + TimeZone.named(zone).offsetAt(micros)) / DAY)
  return midnightOf(day, zone) === micros / 1e6 ? day : undefined
}

const midnightOf = (day: number, zone: string): number => TimeZone.named(zone).instantOf(day * DAY) / 1e6
