/**
 * Points in time. Inside rhizo a time is a number of microseconds since 1970-01-01T00:00:00Z (UTC), a whole number that a
 * float64 holds exactly until the year 2255; on the wire it is ISO 8601 text, or seconds as a number.
 */
import { invalid } from './fault.ts'

/** Microseconds since 1970, UTC. */
export type Micros = number

export const SECOND: Micros = 1_000_000
export const MINUTE: Micros = 60 * SECOND
export const HOUR: Micros = 60 * MINUTE
export const DAY: Micros = 24 * HOUR

/** Years 0001 to 2200: what the wire's four-digit years and our whole microseconds both hold. */
const EARLIEST: Micros = -62_135_596_800 * SECOND
const LATEST: Micros = 7_258_118_400 * SECOND

/** `2026-01-31T12:00:00`, an optional fraction of up to 6 digits, an optional space, `Z`. */
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))? ?Z$/

// Streams of values carry the same minute again and again, so the date's arithmetic is done once for each.
let lastMinuteText = ''
let lastMinute: Micros = 0

/**
 * The time that a timestamp of the wire names, or undefined when it is not one: wrong form, a day that does not exist,
 * a leap second. Source of the form: protocol, section 1.
 */
export function parseTimestamp(text: string): Micros | undefined {
  // Fast path for the common forms, "….SSZ" and "….SS.ffffffZ", within the minute seen last.
  if (text.length >= 20 && text.startsWith(lastMinuteText) && lastMinuteText !== '') {
    const rest = parseSecondsPart(text, 17)
    if (rest !== undefined) return lastMinute + rest
  }
  const match = ISO.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = [match[1], match[2], match[3], match[4], match[5], match[6]].map(Number) as [number, number, number, number, number, number]
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  const atMinute = date.getTime() * 1000 + hour * HOUR + minute * MINUTE
  const time = atMinute + second * SECOND + Number((match[7] ?? '').padEnd(6, '0'))
  if (time < EARLIEST || time > LATEST) return undefined
  lastMinuteText = text.slice(0, 17)
  lastMinute = atMinute
  return time
}

/** Microseconds of `SS[.f…][ ]Z` from `from` to the end, or undefined. */
function parseSecondsPart(text: string, from: number): Micros | undefined {
  const tens = text.charCodeAt(from) - 48
  const ones = text.charCodeAt(from + 1) - 48
  if (!(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) return undefined
  let micros = (tens * 10 + ones) * SECOND
  let at = from + 2
  if (text.charCodeAt(at) === 46) {
    let unit = 100_000
    const start = ++at
    for (; unit >= 1; at++, unit = unit / 10) {
      const digit = text.charCodeAt(at) - 48
      if (!(digit >= 0 && digit <= 9)) break
      micros += digit * unit
      if (unit === 1) {
        at++
        break
      }
    }
    if (at === start) return undefined
  }
  if (text.charCodeAt(at) === 32) at++
  return text.charCodeAt(at) === 90 && at === text.length - 1 ? micros : undefined
}

/**
 * As {@link parseTimestamp}, for an edge: throws `invalid` naming the field.
 * @param field what the caller calls it, for the message
 */
export function requireTimestamp(text: string, field: string): Micros {
  const time = parseTimestamp(text)
  if (time === undefined) throw invalid(`${field} is not a timestamp: ${JSON.stringify(text.slice(0, 60))}. Write UTC as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.123456Z.`)
  return time
}

/** The time of a number of seconds since 1970 (rounded to a microsecond), or undefined when it is no such number. */
export function timeOfSeconds(seconds: number): Micros | undefined {
  if (!Number.isFinite(seconds)) return undefined
  const time = Math.round(seconds * SECOND)
  return time < EARLIEST || time > LATEST ? undefined : time
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'))

let lastDay = Number.NaN
let lastDayText = ''

/** ISO 8601 UTC with as many digits of fraction as it needs: none, or six. Always parses back to the same number. */
export function formatTimestamp(time: Micros): string {
  const day = Math.floor(time / DAY)
  if (day !== lastDay) {
    lastDay = day
    lastDayText = new Date(day * 86_400_000).toISOString().slice(0, -13)
  }
  const inDay = time - day * DAY
  const second = Math.floor(inDay / SECOND)
  const text = `${lastDayText}${TWO_DIGITS[Math.floor(second / 3600)]}:${TWO_DIGITS[Math.floor(second / 60) % 60]}:${TWO_DIGITS[second % 60]}`
  const fraction = inDay - second * SECOND
  if (fraction === 0) return `${text}Z`
  const millis = Math.floor(fraction / 1_000)
  return `${text}.${THREE_DIGITS[millis]}${THREE_DIGITS[fraction - millis * 1_000] ?? String(fraction - millis * 1_000)}Z`
}

/** Seconds since 1970 as the old API's float; microseconds survive up to float64's 53 bits. */
export const secondsOf = (time: Micros): number => time / SECOND
