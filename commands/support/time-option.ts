/** Options that are points in time. */
import { parseDuration } from '../../src/base/duration.ts'
import { invalid } from '../../src/base/fault.ts'
import { DAY, formatTimestamp, HOUR, MINUTE, parseTimestamp, timeOfSeconds } from '../../src/base/time.ts'
import type { Micros } from '../../src/base/time.ts'

export const TIME_FORMS =
  "2026-01-31, 2026-01-31T12:00 (UTC, or with an offset such as +02:00), seconds since 1970, 'now', 'today' or 'yesterday' by this " +
  "machine's clock, or how long ago: 90s, 30m, 12h, 7d, 2w, 1y"

/**
 * Converts a point in time as people write it to the form of the wire. A date alone is its first moment, or with `asEnd` its last.
 * @throws Fault invalid naming the option
 */
export function timeOption(text: string, option: string, asEnd = false): string {
  const time = parse(text.trim(), asEnd)
  if (time === undefined) throw invalid(`${option} is not a time: ${JSON.stringify(text)}. Write ${TIME_FORMS}.`)
  return formatTimestamp(time)
}

export const optionalTime = (text: string | undefined, option: string, asEnd = false): string | undefined =>
  text === undefined ? undefined : timeOption(text, option, asEnd)

/** A point in time that is to come: "8h" would be eight hours ago, which is not meant here. @throws Fault invalid naming the option */
export function futureTime(text: string, option: string): string {
  if (parseDuration(text.trim()) !== undefined)
    throw invalid(`${option} is a point in time, such as 2026-01-31T18:00; how long from now is --for.`)
  return timeOption(text, option, true)
}

/** The first moment of a day as this machine has it, or with `asEnd` its last. @param from days from today */
function dayOf(from: number, asEnd: boolean): Micros {
  const now = new Date()
  const midnight = (day: number): Micros => new Date(now.getFullYear(), now.getMonth(), now.getDate() + day).getTime() * 1000
  return asEnd ? midnight(from + 1) - 1 : midnight(from)
}

function parse(text: string, asEnd: boolean): Micros | undefined {
  const now = Date.now() * 1000
  if (text === 'now') return now
  if (text === 'today' || text === 'yesterday') return dayOf(text === 'today' ? 0 : -1, asEnd)
  // Without a unit it is a point in time, not how long ago.
  const ago = /^-?([\d.]+[a-z])(?: ago)?$/.exec(text)?.[1]
  const duration = ago === undefined ? undefined : parseDuration(ago)
  if (duration !== undefined) return now - duration
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const start = parseTimestamp(`${text}T00:00:00Z`)
    return start === undefined || !asEnd ? start : start + DAY - 1
  }
  if (/^\d{6,}(\.\d+)?$/.test(text)) return timeOfSeconds(Number(text))
  const parts = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,6})?))? ?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text)
  if (parts === null) return undefined
  const local = parseTimestamp(`${parts[1]}T${parts[2]}:${parts[3] ?? '00'}Z`)
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(parts[4] ?? '')
  if (local === undefined || offset === null) return local
  const shift = Number(offset[2]) * HOUR + Number(offset[3]) * MINUTE
  return offset[1] === '-' ? local + shift : local - shift
}
