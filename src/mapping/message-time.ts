/** The time that a device's message gives, if it can be that of its values. */
import { DAY, MINUTE, SECOND, timeOfSeconds, type Micros } from '../base/time.ts'

/** 2000-01-01: clocks that were never set show less. */
const FIRST: Micros = 946_684_800 * SECOND
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/i

/** Names of members that are the time of their message, in small letters without dashes, the likeliest first. */
const TIME_NAMES: readonly string[] = [
  ...['measuredat', 'recordedat', 'sampledat', 'observedat', 'measurementtime', 'sampletime', 'time', 'timestamp', 'ts', 'datetime', '$t'],
  ...['utc', 'timeutc', 'timestamputc', 'timestampms', 'unixtime', 'unixtimestamp', 'epoch', 'dt', 'reportedat', 'receivedat'],
]

const placeOf = (name: string): number => TIME_NAMES.indexOf(name.toLowerCase().replaceAll(/[_-]/g, ''))

export const isTimeName = (name: string): boolean => placeOf(name) >= 0

/** The names of members that may be the time of their message, the likeliest first. */
export const timeNamesIn = (object: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(object)
    .filter(isTimeName)
    .sort((a, b) => placeOf(a) - placeOf(b))

/** A time; or why what looks like one is not taken; undefined: it is no time at all. */
export type MessageTime = { readonly time: Micros } | { readonly doubt: string } | undefined

/**
 * Reads ISO 8601 with its zone, and a Unix time in seconds, milliseconds, microseconds or nanoseconds, which their sizes tell apart.
 * Believed is what lies between 2000 and a minute from now.
 */
export function readMessageTime(value: unknown, now: Micros): MessageTime {
  if (typeof value === 'string') {
    const iso = ISO.exec(value.trim())
    if (iso) return iso[8] === undefined ? { doubt: `${value.slice(0, 40)} has no time zone` } : judge(timeOfIso(iso), value, now)
    return /^\d{9,19}(?:\.\d+)?$/.test(value.trim()) ? judge(timeOfUnix(Number(value)), value, now) : undefined
  }
  return typeof value === 'number' ? judge(timeOfUnix(value), String(value), now) : undefined
}

function judge(time: Micros | undefined, shown: string, now: Micros): MessageTime {
  if (time === undefined) return undefined
  if (time < FIRST) return { doubt: `${shown.slice(0, 40)} is before 2000` }
  return time > now + MINUTE ? { doubt: `${shown.slice(0, 40)} is to come` } : { time }
}

/** undefined: fewer seconds than any clock that was set has shown. */
function timeOfUnix(number: number): Micros | undefined {
  if (!(number >= FIRST / SECOND)) return undefined
  const seconds = number >= 1e17 ? number / 1e9 : number >= 1e14 ? number / 1e6 : number >= 1e11 ? number / 1e3 : number
  return timeOfSeconds(seconds)
}

function timeOfIso([, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z']: RegExpExecArray): Micros | undefined {
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day)) * 1000
  const isDay = new Date(date / 1000).getUTCDate() === Number(day) && Number(month) >= 1 && Number(month) <= 12
  if (!isDay || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const clock = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * SECOND + Number(fraction.padEnd(6, '0').slice(0, 6))
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  const offset = hours === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * MINUTE
  if (offset >= DAY) return undefined
  return date + clock - (sign === '-' ? -offset : offset)
}
