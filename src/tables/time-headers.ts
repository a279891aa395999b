/** What the header of a time says of it: which number of a date is the day, and in which zone its clock stands. */
import { HOUR } from '../base/time.ts'
import { TimeZone } from '../base/time-zone.ts'
import { offsetOf, type DateOrder } from './time-text.ts'

/** `Time(dd/mm/yyyy)`, `Date [MM/DD/YY]`: which number of a date is the day. */
export function orderIn(header: string): DateOrder | undefined {
  const [, first] = /(?:^|[^\p{L}])(dd?|mm?)[-/. ](?:dd?|mm?)[-/. ](?:yyyy|yy)(?:$|[^\p{L}])/iu.exec(header) ?? []
  return first === undefined ? undefined : /^d/i.test(first) ? 'day-first' : 'month-first'
}

/** `Hour (PST)` without what stands in brackets behind it. */
export function bareHeader(header: string): string {
  const text = header.trim()
  const behind = /[([][^()[\]]{0,20}[)\]]$/.exec(text)?.index ?? text.length
  return text.slice(0, behind).trimEnd() || text
}

/** `Europe/Amsterdam (+01:00)`, `GMT+02:00`, `(UTC)`, `[UTC-5]`, `time_utc`, `(CEST)` in a header. */
export function zoneOf(header: string): string | undefined {
  // A place's zone knows the changes of its clocks; an offset beside it is that of one moment.
  const place = /(?:^|[^\p{L}])([A-Z][A-Za-z]+\/[A-Z][A-Za-z_/]*[a-z])(?:$|[^\p{L}])/u.exec(header)?.[1]
  if (place !== undefined && TimeZone.isName(place)) return place
  const offset = /(?:GMT|UTC) ?([+-]\d{1,2}(?::?\d{2})?)/i.exec(header)?.[1]
  if (offset !== undefined && offsetOf(offset) !== undefined) return offset
  if (/(?:^|[^\p{L}])(?:UTC|GMT)(?:$|[^\p{L}])/iu.test(header)) return 'UTC'
  const named = /[([]\s*([A-Z]{3,4})\s*[)\]]/.exec(header)?.[1]
  const hours = named === undefined ? undefined : offsetOf(named)
  return hours === undefined ? undefined : `${hours < 0 ? '-' : '+'}${String(Math.abs(hours / HOUR)).padStart(2, '0')}:00`
}
