/** How times of exports are written. */
import { DAY, formatTimestamp, MINUTE, SECOND, type Micros } from '../base/time.ts'

/** `2026-01-31T13:00:00+01:00`, or with Z in UTC: one moment, whoever reads it. */
export function isoTime(time: Micros, offset: Micros): string {
  return offset === 0 ? formatTimestamp(time) : formatTimestamp(time + offset).slice(0, -1) + offsetText(offset)
}

/** `2026-01-31 13:00:00`, with a fraction where there is one: what spreadsheets take for a time. */
export function plainTime(time: Micros, offset: Micros, decimalMark: string): string {
  const text = formatTimestamp(time + offset).slice(0, -1)
  return text.replace('T', ' ').replace('.', decimalMark)
}

/** `+01:00`; with seconds where clocks were set by the sun. */
export function offsetText(offset: Micros): string {
  const size = Math.abs(offset)
  const two = (number: number): string => String(number).padStart(2, '0')
  const seconds = Math.round((size % MINUTE) / SECOND)
  const minutes = Math.floor(size / MINUTE)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}${seconds === 0 ? '' : `:${two(seconds)}`}`
}

/** Day 1 of spreadsheets is 1900-01-01, and they count a 1900-02-29 that never was: days agree from the next one on. */
const FIRST_TRUE_DAY = 61
const DAYS_TO_1970 = 25_569

/** Days as spreadsheets count them; undefined for times before 1900-03-01, which they can't tell. */
export function serialDay(time: Micros, offset: Micros): number | undefined {
  const serial = (time + offset) / DAY + DAYS_TO_1970
  return serial < FIRST_TRUE_DAY ? undefined : serial
}
