/**
 * Points in time. Inside rhizo a time is a whole number of microseconds since 1970-01-01T00:00:00Z (UTC), which a float64 holds exactly
 * until the year 2255; on the wire it is ISO 8601 text, or seconds as a number.
 */
import { invalid } from './fault.ts'

/** Microseconds since 1970, UTC. */
export type Micros = number

export const SECOND: Micros = 1_000_000
export const MINUTE: Micros = 60 * SECOND
export const HOUR: Micros = 60 * MINUTE
export const DAY: Micros = 24 * HOUR

/** Years 0001 to 2200: what both the wire's four-digit years and whole microseconds can express. */
const EARLIEST: Micros = -62_135_596_800 * SECOND
const LATEST: Micros = 7_258_118_400 * SECOND

// Cache of the last day, because a stream of values has the same day again and again.
let lastDate = Number.NaN
let lastMidnight: Micros = 0

/**
 * Parses a timestamp of the wire; undefined when it is not one: wrong form, a day that does not exist, a leap second. The form is
 * `2026-01-31T12:00:00`, an optional fraction of up to 6 digits, an optional space, `Z`. Source: protocol, section 1. It reads digit by
 * digit, because a regular expression takes four times as long.
 */
export function parseTimestamp(text: string): Micros | undefined {
  if (
    text.length < 20 ||
    text.charCodeAt(4) !== DASH ||
    text.charCodeAt(7) !== DASH ||
    text.charCodeAt(10) !== LETTER_T ||
    text.charCodeAt(13) !== COLON ||
    text.charCodeAt(16) !== COLON
  )
    return undefined
  const [hour, minute, second] = [readTwoDigits(text, 11), readTwoDigits(text, 14), readTwoDigits(text, 17)]
  const midnight = findMidnight(readTwoDigits(text, 0) * 100 + readTwoDigits(text, 2), readTwoDigits(text, 5), readTwoDigits(text, 8))
  const fraction = readFraction(text, 19)
  // Characters that are not digits give NaN, which fails each of these comparisons.
  if (!(hour <= 23 && minute <= 59 && second <= 59 && fraction >= 0)) return undefined
  const time = midnight + hour * HOUR + minute * MINUTE + second * SECOND + fraction
  return time >= EARLIEST && time <= LATEST ? time : undefined
}

const [SPACE, DASH, DOT, COLON, LETTER_T, LETTER_Z] = [32, 45, 46, 58, 84, 90]

/** The digit at a position, or NaN. */
function readDigit(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}

const readTwoDigits = (text: string, at: number): number => readDigit(text, at) * 10 + readDigit(text, at + 1)

/** The time at which a day begins; NaN for a day that does not exist. */
function findMidnight(year: number, month: number, day: number): Micros {
  const date = (year * 100 + month) * 100 + day
  if (date === lastDate) return lastMidnight
  const start = new Date(0)
  start.setUTCFullYear(year, month - 1, day)
  if (!(year >= 1) || start.getUTCMonth() !== month - 1 || start.getUTCDate() !== day) return Number.NaN
  lastDate = date
  lastMidnight = start.getTime() * 1000
  return lastMidnight
}

/** Microseconds of `[.f…][ ]Z` from a position to the end of the text, or NaN. */
function readFraction(text: string, from: number): Micros {
  let [at, micros] = [from, 0]
  if (text.charCodeAt(at) === DOT) {
    let unit = 100_000
    for (at++; unit >= 1; at++, unit = unit / 10) {
      const digit = text.charCodeAt(at) - 48
      if (!(digit >= 0 && digit <= 9)) break
      micros += digit * unit
    }
    if (at === from + 1) return Number.NaN
  }
  if (text.charCodeAt(at) === SPACE) at++
  return text.charCodeAt(at) === LETTER_Z && at === text.length - 1 ? micros : Number.NaN
}

/**
 * Like {@link parseTimestamp}, for an edge: throws `invalid` naming the field.
 * @param field its name in the message
 */
export function requireTimestamp(text: string, field: string): Micros {
  const time = parseTimestamp(text)
  if (time === undefined)
    throw invalid(
      `${field} is not a timestamp: ${JSON.stringify(text.slice(0, 60))}. Write UTC as 2026-01-31T12:00:00Z or ` +
        '2026-01-31T12:00:00.123456Z.',
    )
  return time
}

/** The time of a number of seconds since 1970, rounded to a microsecond; undefined when it is out of range or not finite. */
export function timeOfSeconds(seconds: number): Micros | undefined {
  if (!Number.isFinite(seconds)) return undefined
  const time = Math.round(seconds * SECOND)
  return time < EARLIEST || time > LATEST ? undefined : time
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'))

let lastDay = Number.NaN
let lastDayText = ''

/** ISO 8601 UTC text with as many fraction digits as needed: none, or six. Always parses back to the same number. */
export function formatTimestamp(time: Micros): string {
  const day = Math.floor(time / DAY)
  if (day !== lastDay) {
    lastDay = day
    lastDayText = new Date(day * 86_400_000).toISOString().slice(0, -13)
  }
  const inDay = time - day * DAY
  const second = Math.floor(inDay / SECOND)
  const minute = Math.floor(second / 60)
  const text = `${lastDayText}${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}`
  const fraction = inDay - second * SECOND
  if (fraction === 0) return `${text}Z`
  const millis = Math.floor(fraction / 1_000)
  return `${text}.${THREE_DIGITS[millis]}${THREE_DIGITS[fraction - millis * 1_000] ?? String(fraction - millis * 1_000)}Z`
}

/** As {@link formatTimestamp}; null for a time that is not there. */
export const timestampOrNull = (time: Micros | null | undefined): string | null => (time == null ? null : formatTimestamp(time))

/** Seconds since 1970 as a float, for the old API; microseconds survive up to float64's 53 bits. */
export const secondsOf = (time: Micros): number => time / SECOND

/** A time for names of files, on any file system: `20260131T120000.000000Z`; names sort as their times do. */
export function fileLabelOf(time: Micros): string {
  const text = formatTimestamp(time)
  const [whole = '', fraction = ''] = text.slice(0, -1).split('.')
  return `${whole.replace(/[-:]/g, '')}.${fraction.padEnd(6, '0')}Z`
}

/** The time of such a name, undefined when it is none. */
export function timeOfFileLabel(label: string): Micros | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{6})Z$/.exec(label)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, fraction] = parts
  return parseTimestamp(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`)
}
